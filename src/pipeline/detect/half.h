/* IEEE 754 half precision to single, exact for every one of its 65536 values. */
#ifndef WEIR_PIPELINE_DETECT_HALF_H
#define WEIR_PIPELINE_DETECT_HALF_H

#include <stdint.h>
#include <string.h>

static inline float weir_half_to_float(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = (half >> 10) & 0x1fu;
    uint32_t fraction = half & 0x3ffu;
    uint32_t bits;
    if (exponent == 0x1f) {
        bits = sign | 0x7f800000u | fraction << 13; /* infinity, NaN with its payload */
    } else if (exponent) {
        bits = sign | (exponent + 112) << 23 | fraction << 13;
    } else if (fraction) {
        /* A denormal half is a normal float: shift the leading one out. */
        exponent = 113;
        while (!(fraction & 0x400u)) {
            fraction <<= 1;
            exponent--;
        }
        bits = sign | exponent << 23 | (fraction & 0x3ffu) << 13;
    } else {
        bits = sign;
    }
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
