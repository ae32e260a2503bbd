# For test programs built with -Dsimde=1: the AVX-512 variant of a core by SIMDe, for processors without AVX-512.
{
  'variables': {'simde%': 0},
  'target_defaults': {
    'target_conditions': [
      ['simde==1', {'cflags': ['-O1']}],
      ['simde==1 and (_target_name=="core_avx512" or _target_name=="core-test")', {'defines': ['UK_SIMDE_AVX512']}],
      ['simde==1 and _target_name=="core_avx512"', {
        'cflags!': ['-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mprefer-vector-width=512'],
      }],
    ],
  },
}
