/* The door of vision: what is known about boxes. Pure. */
#ifndef WEIR_VISION_VISION_H
#define WEIR_VISION_VISION_H

#include "vision/assign.h"
#include "vision/letterbox.h"
#include "vision/nms.h"
#include "vision/tracker.h"

#endif
