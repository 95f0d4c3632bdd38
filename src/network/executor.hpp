// SPDX-License-Identifier: Apache-2.0
// Three ways to run a bound graph behind one interface.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "network/graph.hpp"

namespace ctffr::network {

enum class ExecutorKind {
    reference,  // plain loops with double sums: the oracle
    cpu,        // oneDNN and own kernels
    cuda,       // cuDNN graph API and own kernels
};

// Precision of the large operators (convolutions). `half` is bfloat16 with float32 accumulation where the
// device has it, else float32; inputs and outputs are float32 always.
enum class Precision { full, half };

class Executor {
   public:
    virtual ~Executor() = default;
    // Input tensors in the order and shapes of the graph's inputs; returns the outputs. Not thread-safe; same
    // inputs give the same bits. Throws Error(internal) on a wrong shape, Error(device_failed) or
    // Error(out_of_memory).
    virtual std::vector<Tensor> run(const std::vector<Tensor>& inputs) = 0;
    // Bytes of the arena that holds all values between operators, for the log.
    virtual std::size_t arena_bytes() const = 0;
};

// `graph` must be bound. Throws Error(device_failed) when the build or the machine lacks the kind.
std::unique_ptr<Executor> make_executor(ExecutorKind kind, const Graph& graph, Precision precision,
                                        const Run& run);

}  // namespace ctffr::network
