#include "histogram.h"

#include <math.h>

static uint32_t slot_of(uint64_t value)
{
    if (value < HISTOGRAM_STEPS)
        return (uint32_t)value;
    int shift = 63 - __builtin_clzll(value) - 6; /* 2^6 steps */
    uint64_t slot = (uint64_t)shift * HISTOGRAM_STEPS + (value >> shift);
    return slot < HISTOGRAM_SIZE ? (uint32_t)slot : HISTOGRAM_SIZE - 1;
}

static uint64_t value_of(uint32_t slot)
{
    if (slot < 2 * HISTOGRAM_STEPS)
        return slot;
    uint32_t shift = slot / HISTOGRAM_STEPS - 1;
    return (uint64_t)(slot % HISTOGRAM_STEPS + HISTOGRAM_STEPS) << shift;
}

void histogram_add(struct histogram *histogram, uint64_t microseconds)
{
    histogram->counts[slot_of(microseconds)]++;
    histogram->total++;
    if (microseconds > histogram->max)
        histogram->max = microseconds;
}

uint64_t histogram_percentile(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)ceil(share * (double)histogram->total), seen = 0;
    for (uint32_t slot = 0; slot < HISTOGRAM_SIZE && wanted; slot++) {
        seen += histogram->counts[slot];
        if (seen >= wanted)
            return value_of(slot);
    }
    return 0;
}
