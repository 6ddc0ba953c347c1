#ifndef SOLEHOLDER_CCOMPRESSION_SHIM_H
#define SOLEHOLDER_CCOMPRESSION_SHIM_H

#include <lz4frame.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

/* inflateInit2 and its like are macros, which Swift does not see. 31: the largest window, and a gzip wrapper. */
static inline int soleholder_inflate_begin_gzip(z_stream *stream) { return inflateInit2(stream, 31); }
static inline int soleholder_deflate_begin_gzip(z_stream *stream) {
    return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
}

#endif
