/* The account of a run: one JSON object on one line. */
#pragma once
#include "load.h"

void report(const struct run *, double join_seconds, double measured_seconds, double arrival_seconds, double load_cpu);
