/** The signal by which an attempt tells its workflow of trouble. Here, and pure, because the workflow listens for it. */
export const TROUBLE_SIGNAL = 'trouble';
