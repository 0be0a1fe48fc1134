// biome-ignore lint/performance/noBarrelFile: what a worker registers as workflows, and nothing else
export { batchWorkflow } from './batch';
export { callbackWorkflow } from './callback';
export { campaignWorkflow } from './campaign';
