import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const serviceSchema = z.object({
  image: z.string().optional(),
  entrypoint: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()).min(2) }).optional(),
  profiles: z.array(z.string()).default([]),
  restart: z.string().optional(),
  stop_grace_period: z.string().optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  user: z.string().optional(),
});

const composeSchema = z.object({
  services: z.object({
    postgres: serviceSchema,
    schema: serviceSchema,
    temporal: serviceSchema,
    namespace: serviceSchema,
    ui: serviceSchema,
    worker: serviceSchema,
    gateway: serviceSchema,
    prometheus: serviceSchema,
    grafana: serviceSchema,
  }),
});

export type Service = z.infer<typeof serviceSchema>;
export type Services = z.infer<typeof composeSchema>['services'];

/** What docker-compose.yml says of its services, its variables unread. @throws ZodError where a service is missing */
export function readCompose(path: string): Services {
  return composeSchema.parse(parse(readFileSync(path, 'utf8'))).services;
}

/** The tag of a service's image. */
export function tagOf({ image = '' }: Service): string {
  return image.slice(image.lastIndexOf(':') + 1);
}

/**
 * The environment of a service that runs elsewhere than in its container: as in docker-compose.yml, but for what says where
 * the others are.
 * @param moved new values of variables that are there
 * @param added variables that a container has no need of, such as ports that are its own there and shared here
 * @throws Error for a variable to be moved that is not there, and for one whose value only Compose knows
 */
export function environmentElsewhere(
  { environment }: Service,
  moved: Record<string, string>,
  added: Record<string, string> = {},
): Record<string, string> {
  const missing = Object.keys(moved).filter((name) => !(name in environment));
  if (missing.length > 0) throw new Error(`docker-compose.yml no longer sets ${missing.join(', ')}.`);
  const values = { ...environment, ...moved, ...added };
  const open = Object.keys(values).filter((name) => values[name]?.includes('${'));
  if (open.length > 0) throw new Error(`The check gives no value to ${open.join(', ')} of docker-compose.yml.`);
  return values;
}

/**
 * A command that runs elsewhere than in its container: as in docker-compose.yml, but for what says where things are.
 * @param moved by what stands in one of its words, what is to stand there
 * @throws Error for what stands in none
 */
export function commandElsewhere(command: readonly string[], moved: Record<string, string>): string[] {
  const missing = Object.keys(moved).filter((there) => !command.some((word) => word.includes(there)));
  if (missing.length > 0) throw new Error(`docker-compose.yml no longer says ${missing.join(', ')}: ${command}.`);
  const places = Object.entries(moved);
  return command.map((word) => places.reduce((text, [there, here]) => text.replaceAll(there, () => here), word));
}
