/* The one clock of the load generator. */
#pragma once
#include <stdint.h>

uint64_t clock_now(void); /* nanoseconds of CLOCK_MONOTONIC */
