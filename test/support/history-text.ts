/** Every text in a history, or in some of its events, those inside of payloads too. */
export function textOf(events: unknown): string {
  // As JSON, payloads are base64.
  return JSON.stringify(events).replace(/"data":"([^"]*)"/g, (_, data: string) =>
    Buffer.from(data, 'base64').toString(),
  );
}
