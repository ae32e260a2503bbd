# What the cores share, tested on its own: threads, jobs, handles, floating-point environment.
{
  'includes': ['common.gypi'],
  'targets': [
    {
      'target_name': 'core-test',
      'type': 'executable',
      'sources': ['test/common_test.cc'],
    },
  ],
}
