# What the cores share, tested on its own: threads, jobs, handles, floating-point environment, elementary functions.
{
  'includes': ['common.gypi', 'simde.gypi', 'isas.gypi'],
  'variables': {'core_sources': ['test/math_rows.cc']},
  'targets': [
    {
      'target_name': 'core-test',
      'type': 'executable',
      'sources': ['test/common_test.cc', 'test/math_test.cc'],
      'dependencies': ['<@(core_targets)'],
    },
  ],
}
