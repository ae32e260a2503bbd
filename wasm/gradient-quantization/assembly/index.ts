export { amax } from './amax'
export { accumulate, decode } from './decode'
export { encode, fakeQuantize } from './encode'
export { philox } from './random'
export { stats } from './stats'
export { __heap_base }
