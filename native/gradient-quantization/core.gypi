# The core: the same sources, compiled once per instruction set. Only the functions of src/kernels.h leave a library;
# which one is called is decided at run time.
{
  'includes': ['../common/isas.gypi'],
  'variables': {
    'core_sources': ['<!@(node ../../scripts/list-sources.mjs src .cc)'],
  },
}
