#pragma once
#include <zlib.h>

// `inflateInit2` is a macro. Raw DEFLATE, as ZIP entries hold it, is windowBits == -MAX_WBITS.
static inline int shim_inflateInitRaw(z_streamp stream) { return inflateInit2(stream, -MAX_WBITS); }
