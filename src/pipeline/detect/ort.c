/*
 * ONNX Runtime, and nothing of it outside this file.
 *
 * The environment is one per process and ONNX Runtime counts its users itself:
 * every session takes it with CreateEnv and gives it back, so nothing static is
 * kept here. Its log is silenced; failures come back as reasons.
 *
 * A session is read-only once open, and Run may be called on it from any number
 * of threads: with threads == 1 each Run stays on the thread that calls it, which is
 * how several workers share one session. What a run needs of its own (the values
 * of its outputs, buffers for widened halves) lives in a call, one per worker.
 *
 * Memory: arenas grow by what was asked for and no more, and are shared by all sessions of
 * the process. Memory patterns, a plan for each input shape, stay on: they are worth 5%.
 */
#include "pipeline/detect/ort.h"

#include <ctype.h>
#include <errno.h>
#include <onnxruntime_c_api.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "pipeline/detect/half.h"

struct weir_ort {
    const OrtApi *api;
    OrtEnv *env;
    OrtSession *session;
    OrtMemoryInfo *memory;
    char *path;
    size_t input_len, output_len;
    char *input_name[WEIR_PORTS_MAX];
    char *output_name[WEIR_PORTS_MAX];
};

struct weir_ort_call {
    struct weir_ort *ort;
    OrtValue *value[WEIR_PORTS_MAX];
    struct weir_tensor tensor[WEIR_PORTS_MAX];
    void *wide[WEIR_PORTS_MAX]; /* f16 and i32 outputs, widened */
    size_t wide_bytes[WEIR_PORTS_MAX];
};

static const struct provider {
    const char *name, *ort_name, *remedy;
} providers[] = {
    [WEIR_PROVIDER_CPU] = {"cpu", "CPUExecutionProvider", ""},
    [WEIR_PROVIDER_CUDA] = {"cuda", "CUDAExecutionProvider",
                            "it needs ONNX Runtime built for CUDA with "
                            "libonnxruntime_providers_cuda.so beside it, CUDA and cuDNN"},
    [WEIR_PROVIDER_TENSORRT] = {"tensorrt", "TensorrtExecutionProvider",
                                "it needs ONNX Runtime built for TensorRT with "
                                "libonnxruntime_providers_tensorrt.so beside it, and TensorRT"},
    [WEIR_PROVIDER_OPENVINO] = {"openvino", "OpenVINOExecutionProvider",
                                "it needs ONNX Runtime built for OpenVINO with "
                                "libonnxruntime_providers_openvino.so beside it, and OpenVINO"},
    [WEIR_PROVIDER_WEBGPU] = {"webgpu", "WebGpuExecutionProvider",
                              "it needs a GPU with a Vulkan driver"},
};

static const OrtApi *get_api(void) {
    return OrtGetApiBase()->GetApi(ORT_API_VERSION);
}

static void silent(void *param, OrtLoggingLevel severity, const char *category, const char *logid,
                   const char *location, const char *message) {
}

/*
 * Denormal numbers cost a multiple of normal ones and change no box. The
 * runtime flushes them on its own threads; a caller's thread is set here, for the
 * run alone. Creating a session changes the creator's mode, so that is undone the same way.
 */
static unsigned fp_mode(void) {
#if defined(__x86_64__)
    return _mm_getcsr();
#else
    return 0;
#endif
}

static void fp_set(unsigned mode) {
#if defined(__x86_64__)
    _mm_setcsr(mode);
#endif
}

enum { FP_FLUSH = 0x8040 }; /* flush to zero, denormals are zero */

/* The runtime's reason on one line, without the place in its own source. */
static void reason_of(const OrtApi *api, const OrtStatus *status, char *text, size_t size) {
    const char *msg = api->GetErrorMessage(status);
    const char *cut = strstr(msg, "Status Message: ");
    if (cut)
        msg = cut + strlen("Status Message: ");
    size_t n = 0;
    for (; *msg && n + 1 < size; msg++)
        text[n++] = (unsigned char)*msg < ' ' ? ' ' : *msg;
    while (n && text[n - 1] == ' ')
        n--;
    text[n] = 0;
}

/* 0 where status says so; else releases it and fails with "what: reason". */
static int check(const OrtApi *api, OrtStatus *status, int code, const char *what,
                 struct weir_error *err) {
    if (!status)
        return 0;
    char text[400];
    reason_of(api, status, text, sizeof text);
    api->ReleaseStatus(status);
    return weir_fail(err, code, "%s: %s", what, text);
}

static void provider_list(const OrtApi *api, struct weir_buf *out) {
    char **name = NULL;
    int len = 0;
    OrtStatus *status = api->GetAvailableProviders(&name, &len);
    if (status) {
        api->ReleaseStatus(status);
        return;
    }
    bool first = true;
    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++)
        for (int j = 0; j < len; j++)
            if (strcmp(name[j], providers[i].ort_name) == 0) {
                weir_buf_printf(out, "%s%s", first ? "" : ", ", providers[i].name);
                first = false;
            }
    status = api->ReleaseAvailableProviders(name, len);
    if (status)
        api->ReleaseStatus(status);
}

void weir_ort_providers(struct weir_buf *out) {
    const OrtApi *api = get_api();
    if (api)
        provider_list(api, out);
}

const char *weir_ort_version(void) {
    return OrtGetApiBase()->GetVersionString();
}

static bool provider_offered(const OrtApi *api, const char *ort_name) {
    char **name = NULL;
    int len = 0;
    bool found = false;
    OrtStatus *status = api->GetAvailableProviders(&name, &len);
    if (!status) {
        for (int i = 0; i < len; i++)
            found |= strcmp(name[i], ort_name) == 0;
        status = api->ReleaseAvailableProviders(name, len);
    }
    if (status)
        api->ReleaseStatus(status);
    return found;
}

static OrtStatus *append_provider(const OrtApi *api, OrtSessionOptions *options,
                                  enum weir_provider provider) {
    OrtStatus *status = NULL;
    switch (provider) {
    case WEIR_PROVIDER_CPU:
        break;
    case WEIR_PROVIDER_CUDA: {
        OrtCUDAProviderOptionsV2 *cuda = NULL;
        status = api->CreateCUDAProviderOptions(&cuda);
        if (!status)
            status = api->SessionOptionsAppendExecutionProvider_CUDA_V2(options, cuda);
        if (cuda)
            api->ReleaseCUDAProviderOptions(cuda);
        break;
    }
    case WEIR_PROVIDER_TENSORRT: {
        OrtTensorRTProviderOptionsV2 *trt = NULL;
        status = api->CreateTensorRTProviderOptions(&trt);
        if (!status)
            status = api->SessionOptionsAppendExecutionProvider_TensorRT_V2(options, trt);
        if (trt)
            api->ReleaseTensorRTProviderOptions(trt);
        break;
    }
    case WEIR_PROVIDER_OPENVINO:
        status = api->SessionOptionsAppendExecutionProvider_OpenVINO_V2(options, NULL, NULL, 0);
        break;
    case WEIR_PROVIDER_WEBGPU:
        status = api->SessionOptionsAppendExecutionProvider(options, "WebGPU", NULL, NULL, 0);
        break;
    }
    return status;
}

static int provider_failed(const OrtApi *api, enum weir_provider provider, const char *reason,
                           struct weir_error *err) {
    struct weir_buf list = {0};
    provider_list(api, &list);
    int rc = weir_fail(err, WEIR_EUNSUPPORTED,
                       "execution provider '%s' is not available here (%s); this ONNX Runtime "
                       "(%s) was built with: %s; %s",
                       providers[provider].name, reason, weir_ort_version(), weir_buf_str(&list),
                       providers[provider].remedy);
    weir_buf_done(&list);
    return rc;
}

static int make_options(const OrtApi *api, const struct weir_ort_conf *conf,
                        OrtSessionOptions *options, struct weir_error *err) {
    static const GraphOptimizationLevel levels[] = {
        [WEIR_GRAPH_NONE] = ORT_DISABLE_ALL,
        [WEIR_GRAPH_BASIC] = ORT_ENABLE_BASIC,
        [WEIR_GRAPH_EXTENDED] = ORT_ENABLE_EXTENDED,
        [WEIR_GRAPH_ALL] = ORT_ENABLE_ALL,
    };
    static const char what[] = "ONNX Runtime's session options";
    OrtStatus *s;
    if ((s = api->SetIntraOpNumThreads(options, conf->threads)) ||
        (s = api->SetInterOpNumThreads(options, 1)) ||
        (s = api->SetSessionExecutionMode(options, ORT_SEQUENTIAL)) ||
        (s = api->SetSessionGraphOptimizationLevel(options, levels[conf->graph])) ||
        (s = api->AddSessionConfigEntry(options, "session.use_env_allocators", "1")) ||
        (s = api->AddSessionConfigEntry(options, "session.intra_op.allow_spinning",
                                        conf->spinning ? "1" : "0")) ||
        (s = api->AddSessionConfigEntry(options, "session.inter_op.allow_spinning", "0")) ||
        (s = api->AddSessionConfigEntry(options, "session.set_denormal_as_zero", "1")))
        return check(api, s, WEIR_EINTERNAL, what, err);

    if (conf->provider == WEIR_PROVIDER_CPU)
        return 0;
    if (!provider_offered(api, providers[conf->provider].ort_name))
        return provider_failed(api, conf->provider, "not built in", err);
    s = append_provider(api, options, conf->provider);
    if (s) {
        char text[300];
        reason_of(api, s, text, sizeof text);
        api->ReleaseStatus(s);
        return provider_failed(api, conf->provider, text, err);
    }
    return 0;
}

/* The process's arena: made by the first session, found by the later ones. */
static int make_arena(const OrtApi *api, OrtEnv *env, OrtMemoryInfo *memory,
                      struct weir_error *err) {
    static const char *const keys[] = {"arena_extend_strategy"};
    static const size_t values[] = {1}; /* kSameAsRequested */
    OrtArenaCfg *arena = NULL;
    OrtStatus *s = api->CreateArenaCfgV2(keys, values, 1, &arena);
    if (s)
        return check(api, s, WEIR_EINTERNAL, "ONNX Runtime's arena", err);
    /* Refused where it is registered already, which is as good. */
    s = api->CreateAndRegisterAllocator(env, memory, arena);
    if (s)
        api->ReleaseStatus(s);
    api->ReleaseArenaCfg(arena);
    return 0;
}

static int load_failed(const OrtApi *api, OrtStatus *status, const char *path,
                       const struct weir_ort_conf *conf, struct weir_error *err) {
    OrtErrorCode code = api->GetErrorCode(status);
    char text[500];
    reason_of(api, status, text, sizeof text);
    api->ReleaseStatus(status);
    if (code == ORT_NOT_IMPLEMENTED)
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "%s: uses what this ONNX Runtime (%s) does not implement: %s", path,
                         weir_ort_version(), text);
    bool model_is_bad =
        code == ORT_INVALID_PROTOBUF || code == ORT_INVALID_GRAPH || code == ORT_NO_MODEL;
    if (conf->provider != WEIR_PROVIDER_CPU && !model_is_bad)
        return provider_failed(api, conf->provider, text, err);
    return weir_fail(err, WEIR_ECORRUPT,
                     "%s: cannot be loaded: not an ONNX model, cut short, or its external data "
                     "are missing (they belong beside it): %s",
                     path, text);
}

static int check_file(const char *path, struct weir_error *err) {
    struct stat st;
    if (stat(path, &st) < 0)
        return weir_fail(err, weir_err_from_errno(errno), "%s: %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return weir_fail(err, WEIR_ECORRUPT, "%s: found a folder; expected an ONNX file", path);
    if (S_ISREG(st.st_mode) && st.st_size == 0)
        return weir_fail(err, WEIR_ECORRUPT, "%s: the file is empty; expected an ONNX model", path);
    if (access(path, R_OK) < 0)
        return weir_fail(err, weir_err_from_errno(errno), "%s: %s", path, strerror(errno));
    return 0;
}

static int port_names(struct weir_ort *ort, bool outputs, struct weir_error *err) {
    const OrtApi *api = ort->api;
    size_t len = 0;
    OrtStatus *s = outputs ? api->SessionGetOutputCount(ort->session, &len)
                           : api->SessionGetInputCount(ort->session, &len);
    if (s)
        return check(api, s, WEIR_EMODEL, ort->path, err);
    if (len > WEIR_PORTS_MAX)
        return weir_fail(err, WEIR_EMODEL, "%s: %zu %s; a detector has at most %d", ort->path, len,
                         outputs ? "outputs" : "inputs", WEIR_PORTS_MAX);
    OrtAllocator *alloc = NULL;
    if ((s = api->GetAllocatorWithDefaultOptions(&alloc)))
        return check(api, s, WEIR_EINTERNAL, ort->path, err);
    for (size_t i = 0; i < len; i++) {
        char *name = NULL;
        s = outputs ? api->SessionGetOutputName(ort->session, i, alloc, &name)
                    : api->SessionGetInputName(ort->session, i, alloc, &name);
        if (s)
            return check(api, s, WEIR_EMODEL, ort->path, err);
        char **to = outputs ? &ort->output_name[i] : &ort->input_name[i];
        *to = strdup(name);
        s = api->AllocatorFree(alloc, name);
        if (s)
            api->ReleaseStatus(s);
        if (!*to)
            return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", ort->path);
    }
    *(outputs ? &ort->output_len : &ort->input_len) = len;
    return 0;
}

int weir_ort_open(const char *path, const struct weir_ort_conf *conf, struct weir_ort **ret_ort,
                  struct weir_error *err) {
    int rc = check_file(path, err);
    if (rc)
        return rc;
    const OrtApi *api = get_api();
    if (!api)
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "ONNX Runtime %s is too old: interface version %d is needed",
                         weir_ort_version(), ORT_API_VERSION);
    struct weir_ort *ort = calloc(1, sizeof *ort);
    OrtSessionOptions *options = NULL;
    unsigned mode = fp_mode();
    if (!ort || !(ort->path = strdup(path))) {
        rc = weir_fail(err, WEIR_ENOMEM, "%s: out of memory", path);
        goto fail;
    }
    ort->api = api;
    OrtStatus *s =
        api->CreateEnvWithCustomLogger(silent, NULL, ORT_LOGGING_LEVEL_FATAL, "weir", &ort->env);
    if (!s)
        s = api->DisableTelemetryEvents(ort->env); /* nobody was asked: nothing is reported */
    if (!s)
        s = api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &ort->memory);
    if (!s)
        s = api->CreateSessionOptions(&options);
    if ((rc = check(api, s, WEIR_EINTERNAL, "ONNX Runtime", err)) ||
        (rc = make_options(api, conf, options, err)) ||
        (rc = make_arena(api, ort->env, ort->memory, err)))
        goto fail;
    if ((s = api->CreateSession(ort->env, path, options, &ort->session))) {
        rc = load_failed(api, s, path, conf, err);
        goto fail;
    }
    if ((rc = port_names(ort, false, err)) || (rc = port_names(ort, true, err)))
        goto fail;
    fp_set(mode);
    api->ReleaseSessionOptions(options);
    *ret_ort = ort;
    return 0;

fail:
    fp_set(mode);
    if (options)
        api->ReleaseSessionOptions(options);
    weir_ort_free(ort);
    return rc;
}

void weir_ort_free(struct weir_ort *ort) {
    if (!ort)
        return;
    if (ort->session)
        ort->api->ReleaseSession(ort->session);
    if (ort->memory)
        ort->api->ReleaseMemoryInfo(ort->memory);
    if (ort->env)
        ort->api->ReleaseEnv(ort->env);
    for (size_t i = 0; i < WEIR_PORTS_MAX; i++) {
        free(ort->input_name[i]);
        free(ort->output_name[i]);
    }
    free(ort->path);
    free(ort);
}

static enum weir_dtype dtype_of(ONNXTensorElementDataType type) {
    switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
        return WEIR_DTYPE_F32;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
        return WEIR_DTYPE_F16;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8:
        return WEIR_DTYPE_U8;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
        return WEIR_DTYPE_I32;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
        return WEIR_DTYPE_I64;
    default:
        return WEIR_DTYPE_OTHER;
    }
}

static int read_shape(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info,
                      struct weir_port *port, struct weir_error *err) {
    ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    size_t rank = 0;
    OrtStatus *s = api->GetTensorElementType(info, &type);
    if (!s)
        s = api->GetDimensionsCount(info, &rank);
    if (s)
        return check(api, s, WEIR_EMODEL, port->name, err);
    if (rank > WEIR_RANK_MAX)
        return weir_fail(err, WEIR_EMODEL, "'%s' has %zu dimensions; at most %d are understood",
                         port->name, rank, WEIR_RANK_MAX);
    port->dtype = dtype_of(type);
    port->rank = (int)rank;
    const char *symbol[WEIR_RANK_MAX] = {0};
    if ((s = api->GetDimensions(info, port->dim, rank)) ||
        (s = api->GetSymbolicDimensions(info, symbol, rank)))
        return check(api, s, WEIR_EMODEL, port->name, err);
    for (size_t i = 0; i < rank; i++)
        if (symbol[i])
            snprintf(port->symbol[i], sizeof port->symbol[i], "%s", symbol[i]);
    return 0;
}

static int read_port(const struct weir_ort *ort, bool output, size_t i, struct weir_port *port,
                     struct weir_error *err) {
    const OrtApi *api = ort->api;
    snprintf(port->name, sizeof port->name, "%s",
             output ? ort->output_name[i] : ort->input_name[i]);
    port->dtype = WEIR_DTYPE_OTHER;
    OrtTypeInfo *type = NULL;
    OrtStatus *s = output ? api->SessionGetOutputTypeInfo(ort->session, i, &type)
                          : api->SessionGetInputTypeInfo(ort->session, i, &type);
    if (s)
        return check(api, s, WEIR_EMODEL, port->name, err);
    const OrtTensorTypeAndShapeInfo *info = NULL; /* NULL: a sequence, a map */
    int rc = check(api, api->CastTypeInfoToTensorInfo(type, &info), WEIR_EMODEL, port->name, err);
    if (!rc && info)
        rc = read_shape(api, info, port, err);
    api->ReleaseTypeInfo(type);
    return rc;
}

static int read_metadata(const struct weir_ort *ort, struct weir_graph *graph,
                         struct weir_error *err) {
    const OrtApi *api = ort->api;
    OrtModelMetadata *meta = NULL;
    OrtAllocator *alloc = NULL;
    char *producer = NULL, **key = NULL;
    int64_t len = 0;
    OrtStatus *s = api->GetAllocatorWithDefaultOptions(&alloc);
    if (!s)
        s = api->SessionGetModelMetadata(ort->session, &meta);
    if (!s)
        s = api->ModelMetadataGetProducerName(meta, alloc, &producer);
    if (!s)
        s = api->ModelMetadataGetCustomMetadataMapKeys(meta, alloc, &key, &len);
    int rc = check(api, s, WEIR_EMODEL, ort->path, err);
    if (!rc && producer)
        snprintf(graph->producer, sizeof graph->producer, "%s", producer);
    if (!rc && len > 0 && !(graph->metadata = calloc((size_t)len, sizeof *graph->metadata)))
        rc = weir_fail(err, WEIR_ENOMEM, "%s: out of memory", ort->path);
    for (int64_t i = 0; !rc && i < len; i++) {
        char *value = NULL;
        s = api->ModelMetadataLookupCustomMetadataMap(meta, alloc, key[i], &value);
        if ((rc = check(api, s, WEIR_EMODEL, ort->path, err)))
            break;
        struct weir_graph_meta *to = &graph->metadata[graph->metadata_len++];
        to->key = strdup(key[i]);
        to->value = strdup(value ? value : "");
        if (!to->key || !to->value)
            rc = weir_fail(err, WEIR_ENOMEM, "%s: out of memory", ort->path);
        if (value && (s = api->AllocatorFree(alloc, value)))
            api->ReleaseStatus(s);
    }
    for (int64_t i = 0; i < len; i++)
        if ((s = api->AllocatorFree(alloc, key[i])))
            api->ReleaseStatus(s);
    if (key && (s = api->AllocatorFree(alloc, key)))
        api->ReleaseStatus(s);
    if (producer && (s = api->AllocatorFree(alloc, producer)))
        api->ReleaseStatus(s);
    if (meta)
        api->ReleaseModelMetadata(meta);
    return rc;
}

int weir_ort_graph(const struct weir_ort *ort, struct weir_graph *ret_graph,
                   struct weir_error *err) {
    struct weir_graph *graph = calloc(1, sizeof *graph);
    if (!graph)
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", ort->path);
    int rc = 0;
    graph->input_len = ort->input_len;
    graph->output_len = ort->output_len;
    for (size_t i = 0; !rc && i < graph->input_len; i++)
        rc = read_port(ort, false, i, &graph->input[i], err);
    for (size_t i = 0; !rc && i < graph->output_len; i++)
        rc = read_port(ort, true, i, &graph->output[i], err);
    if (!rc)
        rc = read_metadata(ort, graph, err);
    if (rc)
        weir_graph_done(graph);
    else
        *ret_graph = *graph;
    free(graph);
    return rc;
}

struct weir_ort_call *weir_ort_call_new(struct weir_ort *ort) {
    struct weir_ort_call *call = calloc(1, sizeof *call);
    if (call)
        call->ort = ort;
    return call;
}

static void release_values(struct weir_ort_call *call) {
    for (size_t i = 0; i < WEIR_PORTS_MAX; i++) {
        if (call->value[i])
            call->ort->api->ReleaseValue(call->value[i]);
        call->value[i] = NULL;
        call->tensor[i] = (struct weir_tensor){0};
    }
}

void weir_ort_call_free(struct weir_ort_call *call) {
    if (!call)
        return;
    release_values(call);
    for (size_t i = 0; i < WEIR_PORTS_MAX; i++)
        free(call->wide[i]);
    free(call);
}

static void *wide_buffer(struct weir_ort_call *call, size_t i, size_t bytes) {
    if (bytes > call->wide_bytes[i] || !call->wide[i]) {
        void *grown = realloc(call->wide[i], bytes ? bytes : 1);
        if (!grown)
            return NULL;
        call->wide[i] = grown;
        call->wide_bytes[i] = bytes;
    }
    return call->wide[i];
}

/* Gives output i as f32 or i64, converted into the call's own buffer where it is neither. */
static int read_output(struct weir_ort_call *call, size_t i, struct weir_error *err) {
    const struct weir_ort *ort = call->ort;
    const OrtApi *api = ort->api;
    struct weir_port port = {0};
    snprintf(port.name, sizeof port.name, "%s", ort->output_name[i]);
    int is_tensor = 0;
    OrtStatus *s = api->IsTensor(call->value[i], &is_tensor);
    if (s)
        return check(api, s, WEIR_EMODEL, port.name, err);
    if (!is_tensor)
        return weir_fail(err, WEIR_EMODEL, "output '%s' is no tensor", port.name);
    OrtTensorTypeAndShapeInfo *info = NULL;
    if ((s = api->GetTensorTypeAndShape(call->value[i], &info)))
        return check(api, s, WEIR_EMODEL, port.name, err);
    int rc = read_shape(api, info, &port, err);
    size_t len = 0;
    if (!rc)
        rc = check(api, api->GetTensorShapeElementCount(info, &len), WEIR_EMODEL, port.name, err);
    api->ReleaseTensorTypeAndShapeInfo(info);
    void *data = NULL;
    if (!rc)
        rc = check(api, api->GetTensorMutableData(call->value[i], &data), WEIR_EMODEL, port.name,
                   err);
    if (rc)
        return rc;

    struct weir_tensor *out = &call->tensor[i];
    out->rank = port.rank;
    memcpy(out->dim, port.dim, sizeof out->dim);
    switch (port.dtype) {
    case WEIR_DTYPE_F32:
        out->f32 = data;
        return 0;
    case WEIR_DTYPE_I64:
        out->i64 = data;
        return 0;
    case WEIR_DTYPE_F16: {
        float *wide = wide_buffer(call, i, len * sizeof *wide);
        if (!wide)
            return weir_fail(err, WEIR_ENOMEM, "out of memory");
        const uint16_t *half = data;
        for (size_t k = 0; k < len; k++)
            wide[k] = weir_half_to_float(half[k]);
        out->f32 = wide;
        return 0;
    }
    case WEIR_DTYPE_I32: {
        int64_t *wide = wide_buffer(call, i, len * sizeof *wide);
        if (!wide)
            return weir_fail(err, WEIR_ENOMEM, "out of memory");
        const int32_t *narrow = data;
        for (size_t k = 0; k < len; k++)
            wide[k] = narrow[k];
        out->i64 = wide;
        return 0;
    }
    default:
        return weir_fail(err, WEIR_EMODEL, "output '%s' has a type that no detector head reads",
                         port.name);
    }
}

static int make_value(const struct weir_ort *ort, const struct weir_ort_input *in,
                      OrtValue **ret_value, struct weir_error *err) {
    static const struct {
        ONNXTensorElementDataType type;
        size_t bytes;
    } types[] = {
        [WEIR_DTYPE_F32] = {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, 4},
        [WEIR_DTYPE_F16] = {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16, 2},
        [WEIR_DTYPE_U8] = {ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, 1},
        [WEIR_DTYPE_I32] = {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, 4},
        [WEIR_DTYPE_I64] = {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, 8},
    };
    if ((size_t)in->dtype >= sizeof types / sizeof *types)
        return weir_fail(err, WEIR_EMODEL, "an input has a type that cannot be fed");
    size_t bytes = types[in->dtype].bytes;
    for (int i = 0; i < in->rank; i++)
        bytes *= (size_t)in->dim[i];
    /* The interface wants a writable pointer and does not write through it. */
    union {
        const void *in;
        void *out;
    } data = {.in = in->data};
    return check(ort->api,
                 ort->api->CreateTensorWithDataAsOrtValue(ort->memory, data.out, bytes, in->dim,
                                                          (size_t)in->rank, types[in->dtype].type,
                                                          ret_value),
                 WEIR_EMODEL, "input", err);
}

int weir_ort_call_run(struct weir_ort_call *call, const struct weir_ort_input *input,
                      size_t input_len, struct weir_error *err) {
    struct weir_ort *ort = call->ort;
    const OrtApi *api = ort->api;
    if (input_len != ort->input_len)
        return weir_fail(err, WEIR_EMODEL, "%s: has %zu inputs, was given %zu", ort->path,
                         ort->input_len, input_len);
    release_values(call);
    OrtValue *in[WEIR_PORTS_MAX] = {0};
    int rc = 0;
    for (size_t i = 0; !rc && i < input_len; i++)
        rc = make_value(ort, &input[i], &in[i], err);
    if (!rc) {
        unsigned mode = fp_mode();
        fp_set(mode | FP_FLUSH);
        OrtStatus *s = api->Run(
            ort->session, NULL, (const char *const *)ort->input_name, (const OrtValue *const *)in,
            input_len, (const char *const *)ort->output_name, ort->output_len, call->value);
        fp_set(mode);
        rc = check(api, s, WEIR_EMODEL, ort->path, err);
    }
    for (size_t i = 0; i < input_len; i++)
        if (in[i])
            api->ReleaseValue(in[i]);
    for (size_t i = 0; !rc && i < ort->output_len; i++)
        rc = read_output(call, i, err);
    if (rc)
        release_values(call);
    return rc;
}

const struct weir_tensor *weir_ort_call_outputs(const struct weir_ort_call *call, size_t *ret_len) {
    *ret_len = call->ort->output_len;
    return call->tensor;
}
