/* A log-linear histogram of microseconds with 64 steps per doubling, so a percentile is off by less than 2 %. */
#pragma once
#include <stdint.h>

enum { HISTOGRAM_STEPS = 64, HISTOGRAM_SIZE = HISTOGRAM_STEPS * 40 };

struct histogram {
    uint64_t counts[HISTOGRAM_SIZE];
    uint64_t total, max;
};

void histogram_add(struct histogram *, uint64_t microseconds);

/* Returns the smallest value that `share` (0 to 1) of all values don't exceed, in microseconds; 0 if there are none. */
uint64_t histogram_percentile(const struct histogram *, double share);
