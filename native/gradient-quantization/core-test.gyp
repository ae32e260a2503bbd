# The core's own test program: no Node in it, so that it also runs under sanitizers and under qemu.
{
  'includes': ['../common/common.gypi', '../common/simde.gypi', 'core.gypi'],
  'targets': [
    {
      'target_name': 'core-test',
      'type': 'executable',
      'sources': ['<!@(node ../../scripts/list-sources.mjs test .cc)'],
      'dependencies': ['<@(core_targets)'],
    },
  ],
}
