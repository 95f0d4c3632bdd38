// SPDX-License-Identifier: Apache-2.0
// Chooses the executor; says so when this build lacks it.
#include "network/executor.hpp"

#include "ctffr/core/error.hpp"
#include "network/executor_parts.hpp"

namespace ctffr::network {

std::unique_ptr<Executor> make_executor(ExecutorKind kind, const Graph& graph, Precision precision,
                                        const Run& run) {
    switch (kind) {
        case ExecutorKind::reference: return make_reference_executor(graph, precision, run);
        case ExecutorKind::cpu:
#if defined(CTFFR_HAVE_ONEDNN)
            return make_cpu_executor(graph, precision, run);
#else
            throw Error(ExitCode::device_failed,
                        "This build of ctffr has no fast CPU executor for networks: build it where oneDNN "
                        "(Debian package libdnnl-dev) is installed.");
#endif
        case ExecutorKind::cuda:
#if defined(CTFFR_HAVE_CUDNN)
            return make_cuda_executor(graph, precision, run);
#else
            throw Error(ExitCode::device_failed,
                        "This build of ctffr has no CUDA executor for networks: build it with the preset "
                        "'cuda' where cuDNN is installed, or run on the CPU.");
#endif
    }
    throw Error(ExitCode::internal, "make_executor was called with an unknown kind of executor ({}).",
                static_cast<int>(kind));
}

}  // namespace ctffr::network
