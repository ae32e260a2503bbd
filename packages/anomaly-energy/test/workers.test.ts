import { describeWorkers } from '@ukernels/test-kit/workers'

describeWorkers(new URL('./fixtures/workload.mjs', import.meta.url))
