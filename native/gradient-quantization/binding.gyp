{
  'includes': ['../common/common.gypi', 'core.gypi'],
  'targets': [
    {
      'target_name': 'gradient-quantization',
      'sources': ['generated/registration.cc', '../common/terminate.cc'],
      'include_dirs': ['<!(node -p "require(\'node-addon-api\').include_dir")'],
      # Argument checks and chunk loops, instantiated per row: small is what they need to be.
      'cflags_cc': ['-Os'],
      'defines': ['UKERNELS_VERSION="<(kernel_version)"'],
      'dependencies': ['<@(core_targets)'],
    },
  ],
}
