#ifndef SOLEHOLDER_CCHECKSUM_SHIM_H
#define SOLEHOLDER_CCHECKSUM_SHIM_H

/* The CRC-32C instructions of processors that have them: Swift has no name for them. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)

static inline int soleholder_has_crc32c(void) { return __builtin_cpu_supports("sse4.2"); }

__attribute__((target("sse4.2"))) static inline uint32_t soleholder_crc32c(const uint8_t *bytes, size_t count) {
    uint64_t crc = 0xFFFFFFFFu;
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        crc = __builtin_ia32_crc32di(crc, word);
    }
    uint32_t rest = (uint32_t)crc;
    for (; count > 0; bytes++, count--) rest = __builtin_ia32_crc32qi(rest, *bytes);
    return ~rest;
}

#else

static inline int soleholder_has_crc32c(void) { return 0; }
static inline uint32_t soleholder_crc32c(const uint8_t *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return 0;
}

#endif

#endif
