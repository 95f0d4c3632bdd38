// SPDX-License-Identifier: Apache-2.0
// A fixed sequence of launches, recorded once and then launched as one (a CUDA graph). A launch costs
// microseconds, which on the small levels of a multigrid cycle is more than the work. On the CPU the sequence
// is called.
#pragma once

#include <memory>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr {

namespace detail {

// Handles of the CUDA runtime; src/parallel/cuda_graph.cpp.
class CudaGraph {
   public:
    CudaGraph();
    ~CudaGraph();
    CudaGraph(const CudaGraph&) = delete;
    CudaGraph& operator=(const CudaGraph&) = delete;

    // The stream to record on; null when recording cannot begin.
    void* begin();
    // Ends recording; false when there is no graph to launch.
    bool end();
    bool ready() const;
    void launch();  // on the default stream; throws Error(device_failed)
    void clear();

   private:
    struct Handles;
    std::unique_ptr<Handles> handles_;
};

}  // namespace detail

// `body(exec)` may only call parallel_for, on arrays that stay where they are and with arguments that stay as
// they are until forget().
template <class Exec>
class Replay;

template <>
class Replay<Cpu> {
   public:
    template <class Body>
    void run(const Cpu& exec, const Body& body) {
        body(exec);
    }
    void forget() {}
};

#if defined(CTFFR_HAVE_CUDA)
template <>
class Replay<Cuda> {
   public:
    template <class Body>
    void run(const Cuda& exec, const Body& body) {
        // A profile times every launch; where recording fails the launches still work one by one.
        if (exec.profiler || unavailable_) return body(exec);
        if (!graph_->ready() && !record(body)) {
            unavailable_ = true;
            return body(exec);
        }
        graph_->launch();
    }
    void forget() { graph_->clear(); }

   private:
    template <class Body>
    bool record(const Body& body) {
        void* stream = graph_->begin();
        if (!stream) return false;
        try {
            body(Cuda{nullptr, stream});
        } catch (const Error&) {
            graph_->end();
            graph_->clear();
            return false;
        }
        return graph_->end();
    }

    std::unique_ptr<detail::CudaGraph> graph_ = std::make_unique<detail::CudaGraph>();
    bool unavailable_ = false;
};
#endif

}  // namespace ctffr
