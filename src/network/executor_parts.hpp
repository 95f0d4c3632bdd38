// SPDX-License-Identifier: Apache-2.0
// The makers of the three executors, for executor.cpp alone; everybody else calls make_executor
// (executor.hpp).
#pragma once

#include <memory>

#include "network/executor.hpp"

namespace ctffr::network {

// Arguments and errors as make_executor.
std::unique_ptr<Executor> make_reference_executor(const Graph& graph, Precision precision, const Run& run);
// Built when CTFFR_HAVE_ONEDNN is defined.
std::unique_ptr<Executor> make_cpu_executor(const Graph& graph, Precision precision, const Run& run);
// Built when CTFFR_HAVE_CUDNN is defined.
std::unique_ptr<Executor> make_cuda_executor(const Graph& graph, Precision precision, const Run& run);

}  // namespace ctffr::network
