// SPDX-License-Identifier: Apache-2.0
// oneDNN as the CPU executor uses it: descriptors of stored values and calls bound to buffers.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <dnnl.hpp>

#include "network/cpu/grid.hpp"
#include "network/cpu/program.hpp"
#include "network/graph.hpp"

namespace ctffr::network::cpu {

// The CPU engine and its stream, and what this processor is best at.
struct OneDnn {
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};

    // Channels per block of the fast convolutions: 16 with AVX-512, else 8.
    static int block();
    // Whether bfloat16 convolutions have instructions of their own.
    static bool has_bfloat16();
};

dnnl::memory::data_type data_type(Scalar type);
// A tensor in row-major order (block 1) or, with 3 to 5 axes, in channel blocks.
dnnl::memory::desc descriptor(const Shape& shape, int block, Scalar type);

// While it lives, oneDNN works on one thread. Its matrix products split sums over threads, so that bits would
// depend on their number; primitives made of them are created and run like this.
class OneThread {
   public:
    OneThread();
    ~OneThread();
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

   private:
    int before_;
};
// Whether a primitive with this implementation (impl_info_str) is made of such products.
bool splits_sums(std::string_view implementation);

// A primitive with its memory. The descriptors are what the primitive was made for.
class OneDnnCall {
   public:
    struct Argument {
        int role;  // DNNL_ARG_...
        dnnl::memory::desc descriptor;
        Buffer buffer;
    };
    OneDnnCall(const OneDnn& dnn, dnnl::primitive primitive, const std::vector<Argument>& arguments,
               bool one_thread = false);
    void operator()(Program::Addresses at) const;

   private:
    struct State;
    std::shared_ptr<State> state_;  // the calls are copied into steps
};

// A copy between two descriptors of the same logical shape.
OneDnnCall reorder(const OneDnn& dnn, const dnnl::memory::desc& from, Buffer in, const dnnl::memory::desc& to,
                   Buffer out);

// What `epilogue` is as a oneDNN post-operation.
dnnl::primitive_attr epilogue_attribute(const Epilogue& epilogue);

// Error(out_of_memory) or Error(internal) for a failure of oneDNN at the node `name`.
[[noreturn]] void onednn_failed(const dnnl::error& failure, const std::string& name);

}  // namespace ctffr::network::cpu
