// SPDX-License-Identifier: Apache-2.0
// Errors that end a run: one exit code per kind of failure, one sentence for the user.
#pragma once

// nvcc cannot digest fmt's compile-time checks, so kernels see plain strings only.
#if !defined(__CUDACC__)
#include <fmt/format.h>
#endif

#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ctffr {

// Exit codes of the program, listed in docs/cli.md. Numbers never change meaning once released.
enum class ExitCode : int {
    ok = 0,
    internal = 1,            // a bug in ctffr
    usage = 2,               // unknown option, bad value, bad config file
    input_missing = 10,      // path does not exist or holds nothing readable
    input_unreadable = 11,   // permission, not an image format we know, broken header
    input_truncated = 12,    // fewer bytes or frames than the header says
    input_not_ct = 13,       // another modality, a localiser, a derived picture
    input_gap = 14,          // slices missing or unevenly spaced
    input_duplicate = 15,    // two slices at one place
    input_orientation = 16,  // slices of different orientation, size or spacing
    input_gantry_tilt = 17,  // slice direction not along the slice normal
    input_no_rescale = 18,   // no rescale slope/intercept: values are not HU
    input_not_finite = 19,   // NaN or infinity in the voxels
    input_geometry = 20,     // impossible size, spacing or direction
    input_ambiguous = 21,    // several patients / no series chosen
    input_unsupported = 22,  // a valid file of a kind we do not read
    quality_rejected = 30,   // the quality gate says reject
    anatomy_not_found = 40,  // no aorta, no ostium, no tree
    lumen_failed = 41,       // no closed lumen surface
    mesh_failed = 50,
    not_converged = 60,  // flow solver
    physiology_out_of_range = 61,
    device_failed = 70,  // GPU asked for and missing, or failed
    out_of_memory = 71,
    file_system = 80,  // cannot write, rename, lock
    disk_full = 81,
    case_incompatible = 82,  // case file of another version or of another input
    batch_unfinished = 83,   // cases of a batch ended without a word about themselves: run it again
    not_built = 90,          // a stage that this build does not have
    interrupted = 130,       // SIGINT / SIGTERM; finished stages are kept
};

// The name used in logs and in `result.json` (`input_gap` -> "input-gap").
std::string_view exit_code_name(ExitCode code);

// A failure the user can act on. `what()` is one sentence: what is wrong, where, found and expected, what to
// do.
class Error : public std::runtime_error {
   public:
    Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
#if !defined(__CUDACC__)
    template <class... Args>
    Error(ExitCode code, fmt::format_string<Args...> text, Args&&... args)
        : Error(code, fmt::format(text, std::forward<Args>(args)...)) {}
#endif

    ExitCode code() const { return code_; }

   private:
    ExitCode code_;
};

namespace detail {
[[noreturn]] void check_failed(const char* expression, const char* file, int line, const std::string& values);
template <class T>
std::string check_value(const T& value) {
    if constexpr (std::is_arithmetic_v<T>)
        return std::to_string(value);
    else
        return std::string(value);
}
}  // namespace detail

}  // namespace ctffr

// Developer check that stays on in release builds; prints both values.
#define CTFFR_CHECK_OP(a, op, b)                                                                      \
    do {                                                                                              \
        const auto& va_ = (a);                                                                        \
        const auto& vb_ = (b);                                                                        \
        if (!(va_ op vb_))                                                                            \
            ::ctffr::detail::check_failed(                                                            \
                #a " " #op " " #b, __FILE__, __LINE__,                                                \
                ::ctffr::detail::check_value(va_) + " against " + ::ctffr::detail::check_value(vb_)); \
    } while (false)
#define CTFFR_CHECK(condition)                                                                    \
    do {                                                                                          \
        if (!(condition)) ::ctffr::detail::check_failed(#condition, __FILE__, __LINE__, "false"); \
    } while (false)
