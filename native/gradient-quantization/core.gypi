# The core: the same sources, compiled once per instruction set. Only the functions of src/kernels.h leave a library;
# which one is called is decided at run time.
{
  'includes': ['../common/isas.gypi'],
  'variables': {
    'core_sources': [
      'src/amax.cc',
      'src/blocks.cc',
      'src/codec.cc',
      'src/convert.cc',
      'src/decode.cc',
      'src/encode.cc',
      'src/feedback.cc',
      'src/histogram.cc',
      'src/luq.cc',
      'src/pack.cc',
      'src/prune.cc',
      'src/random.cc',
      'src/stats.cc',
      'src/table.cc',
    ],
  },
}
