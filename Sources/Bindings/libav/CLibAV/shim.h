// What Swift sees of libav. Macros with arithmetic and variadic functions do not import; they are functions here.
#ifndef CLIBAV_SHIM_H
#define CLIBAV_SHIM_H

#include <dlfcn.h>
#include <libavcodec/avcodec.h>
#include <libavcodec/version.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/cpu.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>

static inline int clibav_error(int errnum) { return AVERROR(errnum); }
static inline int clibav_error_again(void) { return AVERROR(EAGAIN); }
static inline int clibav_error_eof(void) { return AVERROR_EOF; }
static inline int64_t clibav_no_timestamp(void) { return AV_NOPTS_VALUE; }

// The instructions every processor of an architecture has. Resampler and float decoders differ in the last bit from one
// instruction set to the next, so that without this the same plan has other bytes on another host.
static inline void clibav_use_baseline_instructions(void) {
#if defined(__x86_64__)
    av_force_cpu_flags(AV_CPU_FLAG_CMOV | AV_CPU_FLAG_MMX | AV_CPU_FLAG_MMXEXT | AV_CPU_FLAG_SSE | AV_CPU_FLAG_SSE2);
#elif defined(__aarch64__)
    av_force_cpu_flags(AV_CPU_FLAG_ARMV8 | AV_CPU_FLAG_NEON);
#else
    av_force_cpu_flags(0);
#endif
}

typedef void (*clibav_log_sink)(int level, const char *line);

static inline clibav_log_sink *clibav_log_sink_storage(void) {
    static clibav_log_sink sink;
    return &sink;
}

static inline void clibav_log_callback(void *object, int level, const char *format, va_list arguments) {
    char line[512];
    int print_prefix = 0;
    if (level > AV_LOG_ERROR) return;
    av_log_format_line2(NULL, level, format, arguments, line, sizeof line, &print_prefix);
    if (*clibav_log_sink_storage()) (*clibav_log_sink_storage())(level, line);
}

// Sends libav's error lines, formatted and without their "[mp3 @ 0x55…]", to `sink`.
static inline void clibav_log_to(clibav_log_sink sink) {
    *clibav_log_sink_storage() = sink;
    av_log_set_callback(clibav_log_callback);
}

static inline int clibav_refuse_open(
    AVFormatContext *context, AVIOContext **io, const char *url, int flags, AVDictionary **options
) {
    return AVERROR(EACCES);
}

// No demuxer may open a second file or address, whatever the first one says.
static inline void clibav_refuse_nested_opens(AVFormatContext *context) { context->io_open = clibav_refuse_open; }

// A resampler to mono floats at `out_rate`. The weights of a downmix add up to at most 1, so that it cannot clip (left
// to itself swresample does this for integers only).
static inline int clibav_open_resampler(
    SwrContext **resampler, int out_rate, const AVChannelLayout *layout, enum AVSampleFormat format, int rate
) {
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    int result = swr_alloc_set_opts2(resampler, &mono, AV_SAMPLE_FMT_FLT, out_rate, layout, format, rate, 0, NULL);
    if (result < 0) return result;
    result = av_opt_set_double(*resampler, "rematrix_maxval", 1.0, 0);
    return result < 0 ? result : swr_init(*resampler);
}

// Resamples all of `frame`, or what is left inside when it is NULL.
static inline int clibav_resample(SwrContext *resampler, float *out, int capacity, const AVFrame *frame) {
    uint8_t *planes[1] = {(uint8_t *)out};
    if (!frame) return swr_convert(resampler, planes, capacity, NULL, 0);
    return swr_convert(resampler, planes, capacity, (const uint8_t **)frame->extended_data, frame->nb_samples);
}

static inline void clibav_set_mono(AVCodecContext *context) {
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    context->ch_layout = mono;
}

static inline void clibav_set_mono_frame(AVFrame *frame) {
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    frame->ch_layout = mono;
}

// The version of the MP3 encoder that libavcodec loaded ("3.100"): libavcodec itself does not tell it.
static inline const char *clibav_lame_version(void) {
    const char *(*version)(void) = (const char *(*)(void))dlsym(RTLD_DEFAULT, "get_lame_version");
    return version ? version() : "unknown";
}

#endif
