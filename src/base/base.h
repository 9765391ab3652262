/* The door of base: what every room may use. libc only. */
#ifndef WEIR_BASE_BASE_H
#define WEIR_BASE_BASE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/hist.h"
#include "base/json.h"
#include "base/log.h"
#include "base/queue.h"
#include "base/random.h"
#include "base/ref.h"
#include "base/stop.h"

#endif
