/** The account of a campaign that names none. */
export const DEFAULT_ACCOUNT = 'default';
