# What every C++ core and its addon are compiled with. Numbers: no contraction, no fast-math (the same
# bits everywhere). Size: no exceptions, no RTTI, static C++ runtime without its exported symbols.
{
  'variables': {
    # Set by scripts/lib/core-tests.mjs: what -fsanitize= takes, for the test programs.
    'sanitizers%': '',
  },
  'target_defaults': {
    'configurations': {'Debug': {}, 'Release': {}},
    'include_dirs': ['.', '<(module_root_dir)/generated', '<(module_root_dir)/src'],
    'default_configuration': 'Release',
    'defines': ['NDEBUG', 'NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED', 'NAPI_VERSION=8', 'NAPI_DISABLE_CPP_EXCEPTIONS'],
    # What an installed common.gypi of Node adds and this file sets itself.
    'cflags!': ['-fno-omit-frame-pointer', '-g'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fno-strict-aliasing'],
    'cflags': [
      '-O3',
      '-fPIC',
      '-pthread',
      '-Wall',
      '-Wextra',
      '-ffp-contract=off',
      '-fvisibility=hidden',
      '-ffunction-sections',
      '-fdata-sections',
      # Nothing unwinds.
      '-fno-asynchronous-unwind-tables',
      '-fno-unwind-tables',
    ],
    'cflags_cc': ['-std=c++17', '-fno-exceptions', '-fno-rtti', '-fvisibility-inlines-hidden'],
    'xcode_settings': {
      'MACOSX_DEPLOYMENT_TARGET': '11.0',
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++17',
      'GCC_OPTIMIZATION_LEVEL': '3',
      'GCC_ENABLE_CPP_EXCEPTIONS': 'NO',
      'GCC_ENABLE_CPP_RTTI': 'NO',
      'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
      'OTHER_CFLAGS': ['-ffp-contract=off', '-Wall', '-Wextra'],
    },
    'msvs_settings': {
      'VCCLCompilerTool': {
        'AdditionalOptions': ['/std:c++17', '/fp:precise', '/GR-', '/O2', '/Gy', '/utf-8'],
        'ExceptionHandling': 0,
      },
    },
    'msbuild_toolset': 'ClangCL',
    'conditions': [
      ['sanitizers!=""', {
        'cflags': ['-O1', '-fsanitize=<(sanitizers)', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g'],
        'ldflags': ['-fsanitize=<(sanitizers)'],
      }],
      ['OS=="win"', {'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['/clang:-ffp-contract=off']}}}],
    ],
    'target_conditions': [
      ['_type=="loadable_module" and OS=="linux"', {
        'ldflags': [
          '-static-libstdc++',
          '-static-libgcc',
          '-Wl,--gc-sections',
          '-Wl,--exclude-libs,ALL',
          '-Wl,-s',
        ],
      }],
      ['_type=="loadable_module" and OS=="mac"', {
        'xcode_settings': {'DEAD_CODE_STRIPPING': 'YES', 'OTHER_LDFLAGS': ['-Wl,-x', '-Wl,-S']},
      }],
    ],
  },
}
