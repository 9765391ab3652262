/* The door of pipeline: what moves a frame. */
#ifndef WEIR_PIPELINE_PIPELINE_H
#define WEIR_PIPELINE_PIPELINE_H

#include "pipeline/by_hand.h"
#include "pipeline/detect/model.h"
#include "pipeline/encode/av.h"
#include "pipeline/encode/encode.h"
#include "pipeline/reduce/reduce.h"
#include "pipeline/sink/tiles.h"
#include "pipeline/sink/video.h"
#include "pipeline/stage.h"

#endif
