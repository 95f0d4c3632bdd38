// SPDX-License-Identifier: Apache-2.0
#include "io/dicom_decode.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctffr/core/error.hpp"

namespace ctffr::dicom {

namespace {

constexpr unsigned seconds_per_batch = 300;

// Memory that parent and helpers share: one state byte per frame, then the pixels of all frames.
class SharedPixels {
   public:
    explicit SharedPixels(const std::vector<CompressedFrame>& frames) {
        bytes_ = frames.size();
        for (const CompressedFrame& frame : frames) {
            offsets_.push_back(bytes_);
            bytes_ += frame.layout.bytes();
        }
        void* memory = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            throw Error(ExitCode::out_of_memory, "No memory for decoding {} compressed slices ({} bytes).",
                        frames.size(), bytes_);
        memory_ = static_cast<std::uint8_t*>(memory);
    }
    ~SharedPixels() { ::munmap(memory_, bytes_); }
    SharedPixels(const SharedPixels&) = delete;
    SharedPixels& operator=(const SharedPixels&) = delete;

    volatile std::uint8_t& done(std::size_t frame) const { return memory_[frame]; }
    std::uint8_t* pixels(std::size_t frame) const { return memory_ + offsets_[frame]; }

   private:
    std::uint8_t* memory_ = nullptr;
    std::size_t bytes_ = 0;
    std::vector<std::size_t> offsets_;
};

// Life of a helper: silent, without core dump, killed with its parent, and never back into the caller's code.
[[noreturn]] void helper(const std::vector<CompressedFrame>& frames, const SharedPixels& shared,
                         std::size_t first, std::size_t step) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        ::signal(signal, SIG_IGN);  // the parent decides when to stop
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) ::signal(signal, SIG_DFL);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::alarm(seconds_per_batch);
    const int null = ::open("/dev/null", O_RDWR);
    if (null >= 0) {
        ::dup2(null, STDOUT_FILENO);
        ::dup2(null, STDERR_FILENO);
    }
    try {
        for (std::size_t i = first; i < frames.size(); i += step) {
            const CompressedFrame& frame = frames[i];
            if (decode_with_library(frame.stream, frame.layout, frame.transfer_syntax,
                                    {shared.pixels(i), frame.layout.bytes()}))
                shared.done(i) = 1;
        }
    } catch (const std::exception&) {
        ::_exit(1);  // the frame at hand stays marked as not decoded
    }
    ::_exit(0);
}

}  // namespace

std::vector<std::vector<std::uint8_t>> decode_isolated(const std::vector<CompressedFrame>& frames,
                                                       int processes) {
    const SharedPixels shared(frames);
    const std::size_t helpers = std::min(frames.size(), static_cast<std::size_t>(std::max(1, processes)));
    std::vector<pid_t> children;
    for (std::size_t h = 0; h < helpers; ++h) {
        const pid_t child = ::fork();
        if (child == 0) helper(frames, shared, h, helpers);
        if (child > 0) children.push_back(child);
    }
    for (const pid_t child : children)
        while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
        }
    if (children.size() < helpers)
        throw Error(ExitCode::out_of_memory,
                    "Cannot start a helper process for decoding compressed slices: {}.",
                    std::strerror(errno));
    std::vector<std::vector<std::uint8_t>> out(frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i)
        if (shared.done(i) == 1) out[i].assign(shared.pixels(i), shared.pixels(i) + frames[i].layout.bytes());
    return out;
}

}  // namespace ctffr::dicom
