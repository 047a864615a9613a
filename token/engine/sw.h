/* The engine's one translation of errors to status words. */
#ifndef ENGINE_SW_H
#define ENGINE_SW_H

#include "tokwire/status.h"

uint16_t sw_of_err(enum err err);

#endif
