# Sources that are compiled once per instruction set, into a static library of its own. Who includes this sets
# `core_sources` and depends on `core_targets`.
{
  'variables': {
    'sse41_flags': ['-msse4.2', '-mpopcnt'],
    'avx2_flags': ['-mavx2', '-mbmi', '-mbmi2', '-mlzcnt', '-mpopcnt'],
    'avx512_flags': [
      '<@(avx2_flags)',
      '-mavx512f',
      '-mavx512bw',
      '-mavx512dq',
      '-mavx512vl',
      '-mprefer-vector-width=512',
      # GCC 12 warns of its own intrinsics (bug 105593).
      '-Wno-uninitialized',
      '-Wno-maybe-uninitialized',
    ],
    'conditions': [
      ['target_arch=="x64"', {'core_targets': ['core_sse41', 'core_avx2', 'core_avx512']}, {'core_targets': ['core_neon']}],
    ],
  },
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        {
          'target_name': 'core_sse41',
          'type': 'static_library',
          'sources': ['<@(core_sources)'],
          'defines': ['UK_ISA=sse41'],
          'cflags': ['<@(sse41_flags)'],
          'xcode_settings': {'OTHER_CFLAGS': ['<@(sse41_flags)']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['<@(sse41_flags)']}},
        },
        {
          'target_name': 'core_avx2',
          'type': 'static_library',
          'sources': ['<@(core_sources)'],
          'defines': ['UK_ISA=avx2'],
          'cflags': ['<@(avx2_flags)'],
          'xcode_settings': {'OTHER_CFLAGS': ['<@(avx2_flags)']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['<@(avx2_flags)']}},
        },
        {
          'target_name': 'core_avx512',
          'type': 'static_library',
          'sources': ['<@(core_sources)'],
          'defines': ['UK_ISA=avx512'],
          'cflags': ['<@(avx512_flags)'],
          'xcode_settings': {'OTHER_CFLAGS': ['<@(avx512_flags)']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['<@(avx512_flags)']}},
        },
      ],
    }, {
      'targets': [
        {
          'target_name': 'core_neon',
          'type': 'static_library',
          'sources': ['<@(core_sources)'],
          'defines': ['UK_ISA=neon'],
        },
      ],
    }],
  ],
}
