/* The protocols of the servers under test. */
#pragma once
#include "load.h"

const struct dialect *dialect_named(const char *name); /* or NULL */
