/* The door of media: what flows along a frame's path. */
#ifndef WEIR_MEDIA_MEDIA_H
#define WEIR_MEDIA_MEDIA_H

#include "media/boxes.h"
#include "media/frame.h"
#include "media/image.h"
#include "media/labels.h"
#include "media/packet.h"
#include "media/truth.h"

#endif
