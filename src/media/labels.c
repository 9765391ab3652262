/*
 * Class names. Detectors trained on COCO number its 80 classes without gaps;
 * COCO's own annotations number them 1 to 90 with ten numbers never used. The
 * table below is in the detectors' order and carries both, so that the numbers
 * cannot drift apart. Source: the categories of COCO's instances files (2017).
 */
#include "media/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    int id; /* COCO's category id */
    const char *name;
} coco[] = {
    {1, "person"},         {2, "bicycle"},       {3, "car"},
    {4, "motorcycle"},     {5, "airplane"},      {6, "bus"},
    {7, "train"},          {8, "truck"},         {9, "boat"},
    {10, "traffic light"}, {11, "fire hydrant"}, {13, "stop sign"},
    {14, "parking meter"}, {15, "bench"},        {16, "bird"},
    {17, "cat"},           {18, "dog"},          {19, "horse"},
    {20, "sheep"},         {21, "cow"},          {22, "elephant"},
    {23, "bear"},          {24, "zebra"},        {25, "giraffe"},
    {27, "backpack"},      {28, "umbrella"},     {31, "handbag"},
    {32, "tie"},           {33, "suitcase"},     {34, "frisbee"},
    {35, "skis"},          {36, "snowboard"},    {37, "sports ball"},
    {38, "kite"},          {39, "baseball bat"}, {40, "baseball glove"},
    {41, "skateboard"},    {42, "surfboard"},    {43, "tennis racket"},
    {44, "bottle"},        {46, "wine glass"},   {47, "cup"},
    {48, "fork"},          {49, "knife"},        {50, "spoon"},
    {51, "bowl"},          {52, "banana"},       {53, "apple"},
    {54, "sandwich"},      {55, "orange"},       {56, "broccoli"},
    {57, "carrot"},        {58, "hot dog"},      {59, "pizza"},
    {60, "donut"},         {61, "cake"},         {62, "chair"},
    {63, "couch"},         {64, "potted plant"}, {65, "bed"},
    {67, "dining table"},  {70, "toilet"},       {72, "tv"},
    {73, "laptop"},        {74, "mouse"},        {75, "remote"},
    {76, "keyboard"},      {77, "cell phone"},   {78, "microwave"},
    {79, "oven"},          {80, "toaster"},      {81, "sink"},
    {82, "refrigerator"},  {84, "book"},         {85, "clock"},
    {86, "vase"},          {87, "scissors"},     {88, "teddy bear"},
    {89, "hair drier"},    {90, "toothbrush"},
};
enum { COCO_CLASSES = sizeof coco / sizeof coco[0] };
_Static_assert(COCO_CLASSES == 80, "COCO has 80 classes");

/* len empty slots. */
static struct weir_labels *new_empty(size_t len) {
    struct weir_labels *labels = calloc(1, sizeof *labels);
    if (!labels)
        return NULL;
    weir_ref_init(&labels->ref);
    labels->name = calloc(len ? len : 1, sizeof *labels->name);
    if (!labels->name) {
        free(labels);
        return NULL;
    }
    labels->len = len;
    return labels;
}

struct weir_labels *weir_labels_new(const char *const *names, size_t len) {
    struct weir_labels *labels = new_empty(len);
    for (size_t i = 0; labels && i < len; i++) {
        labels->name[i] = strdup(names[i]);
        if (!labels->name[i])
            weir_labels_unref(&labels);
    }
    return labels;
}

struct weir_labels *weir_labels_coco(void) {
    const char *names[COCO_CLASSES];
    for (int i = 0; i < COCO_CLASSES; i++)
        names[i] = coco[i].name;
    return weir_labels_new(names, COCO_CLASSES);
}

struct weir_labels *weir_labels_numbered(size_t len) {
    struct weir_labels *labels = new_empty(len);
    for (size_t i = 0; labels && i < len; i++) {
        char name[32];
        snprintf(name, sizeof name, "class_%zu", i);
        labels->name[i] = strdup(name);
        if (!labels->name[i])
            weir_labels_unref(&labels);
    }
    return labels;
}

struct weir_labels *weir_labels_ref(struct weir_labels *labels) {
    if (labels)
        weir_ref_take(&labels->ref);
    return labels;
}

void weir_labels_unref(struct weir_labels **labels_ptr) {
    if (!labels_ptr || !*labels_ptr)
        return;
    struct weir_labels *labels = *labels_ptr;
    *labels_ptr = NULL;
    if (!weir_ref_drop(&labels->ref))
        return;
    for (size_t i = 0; i < labels->len; i++)
        free(labels->name[i]);
    free(labels->name);
    free(labels);
}

static const char *name_or_null(const struct weir_labels *labels, int class_id) {
    if (!labels || class_id < 0 || (size_t)class_id >= labels->len)
        return NULL;
    return labels->name[class_id];
}

const char *weir_labels_name(const struct weir_labels *labels, int class_id) {
    const char *name = name_or_null(labels, class_id);
    return name ? name : "?";
}

int weir_labels_find(const struct weir_labels *labels, const char *name) {
    for (size_t i = 0; labels && name && i < labels->len; i++)
        if (strcmp(labels->name[i], name) == 0)
            return (int)i;
    return -1;
}

int weir_labels_coco_id(const struct weir_labels *labels, int class_id) {
    const char *name = name_or_null(labels, class_id);
    if (name && class_id < COCO_CLASSES && strcmp(name, coco[class_id].name) == 0)
        return coco[class_id].id; /* the usual case, without a search */
    for (int i = 0; name && i < COCO_CLASSES; i++)
        if (strcmp(name, coco[i].name) == 0)
            return coco[i].id;
    return class_id + 1;
}
