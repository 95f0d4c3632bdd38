// SPDX-License-Identifier: Apache-2.0
// CUDA graphs; compiled when CTFFR_CUDA is on.
#include <cuda_runtime_api.h>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/replay.hpp"

namespace ctffr::detail {

struct CudaGraph::Handles {
    cudaStream_t stream = nullptr;
    cudaGraphExec_t graph = nullptr;
};

CudaGraph::CudaGraph() : handles_(std::make_unique<Handles>()) {}

CudaGraph::~CudaGraph() {
    clear();
    if (handles_->stream) cudaStreamDestroy(handles_->stream);
}

void* CudaGraph::begin() {
    // Not tied to the default stream, on which nothing may be launched while a stream that is tied to it
    // records.
    if (!handles_->stream &&
        cudaStreamCreateWithFlags(&handles_->stream, cudaStreamNonBlocking) != cudaSuccess)
        handles_->stream = nullptr;
    if (handles_->stream &&
        cudaStreamBeginCapture(handles_->stream, cudaStreamCaptureModeThreadLocal) == cudaSuccess)
        return handles_->stream;
    cudaGetLastError();  // clears the error state, so that later checks report their own
    return nullptr;
}

bool CudaGraph::end() {
    cudaGraph_t recorded = nullptr;
    bool done = cudaStreamEndCapture(handles_->stream, &recorded) == cudaSuccess && recorded;
    done = done && cudaGraphInstantiate(&handles_->graph, recorded, 0) == cudaSuccess;
    if (recorded) cudaGraphDestroy(recorded);
    if (!done) {
        handles_->graph = nullptr;
        cudaGetLastError();
    }
    return done;
}

bool CudaGraph::ready() const { return handles_->graph != nullptr; }

void CudaGraph::launch() {
    const cudaError_t code = cudaGraphLaunch(handles_->graph, nullptr);
    if (code != cudaSuccess)
        throw Error(ExitCode::device_failed,
                    "The GPU failed at a recorded sequence: {}. Run with --device cpu to go on without it.",
                    cudaGetErrorString(code));
}

void CudaGraph::clear() {
    if (handles_->graph) cudaGraphExecDestroy(handles_->graph);
    handles_->graph = nullptr;
}

}  // namespace ctffr::detail
