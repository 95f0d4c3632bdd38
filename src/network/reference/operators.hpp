// SPDX-License-Identifier: Apache-2.0
// Every operator in its plainest form. The reference executor and the folding of constants run on these.
#pragma once

#include <vector>

#include "ctffr/parallel/exec.hpp"
#include "network/graph.hpp"

namespace ctffr::network {

// Computes the results of a node that inference (infer.hpp) has completed. `inputs`: one per input of the
// node, nullptr where it is left out. `outputs`: type and shape set, as inferred; the values are filled in.
// Sums are in double; the same bits come out for any number of threads.
void evaluate(const Node& node, const std::vector<const Tensor*>& inputs, std::vector<Tensor>& outputs,
              const Cpu& exec);

}  // namespace ctffr::network
