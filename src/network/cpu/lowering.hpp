// SPDX-License-Identifier: Apache-2.0
// From a bound graph to a program: which order and number format each value is stored in, and the steps.
//
// Results of convolutions are stored in channel blocks, in the number format of the run; what follows a
// stored block stays in blocks; all else is plain row-major float32. A step that needs another form gets a
// conversion, made once per value and form. Constants are converted when the program is made.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "network/cpu/grid.hpp"
#include "network/cpu/kernels.hpp"
#include "network/cpu/onednn.hpp"
#include "network/cpu/program.hpp"
#include "network/executor.hpp"

namespace ctffr::network::cpu {

struct Form {
    bool blocked = false;
    Scalar type = Scalar::float32;
    bool operator==(const Form&) const = default;
};

// Batch, channel, depth, height, width of a shape; missing axes are 1. One axis is the width, two are batch
// and width; more than five are taken as one.
using Extents = std::array<Index, 5>;
Extents extents(const Shape& shape);
// Which of the five extents axis `axis` of `rank` axes is; rank <= 5.
std::size_t extent_axis(std::size_t rank, std::size_t axis);

class Lowering {
   public:
    Lowering(const Graph& graph, Precision precision, const Run& run, Program& program);
    // Makes the steps for all nodes and the conversion of the outputs.
    void lower();
    const std::vector<Buffer>& inputs() const { return inputs_; }
    const std::vector<Buffer>& outputs() const { return outputs_; }

    // --- for the rules of the operators (rules.hpp) ---
    const Graph& graph;
    Program& program;
    const OneDnn dnn;
    const Cpu exec;
    const int block;       // channels per block
    const Scalar compute;  // of values stored in blocks

    const Value& value(int v) const { return graph.values[static_cast<std::size_t>(v)]; }
    const Shape& shape(int v) const { return value(v).shape; }
    static bool has(const Node& node, std::size_t i) { return i < node.inputs.size() && node.inputs[i] >= 0; }
    // Input `i` when it is constant, else nullptr.
    const Tensor* constant(const Node& node, std::size_t i) const;
    bool is_float(int v) const { return value(v).type == ElementType::float32; }

    // The form a value was made in.
    Form made(int v) const { return made_[static_cast<std::size_t>(v)]; }
    bool is_blocked(int v) const { return made(v).blocked; }
    // Form for a float result: values that leave the network at once stay float32.
    Form result_form(int v, bool blocked) const;
    Grid grid(int v, const Form& form) const;
    dnnl::memory::desc descriptor(int v, const Form& form) const;

    // The value in this form, converted when it was made in another.
    Buffer read(int v, const Form& form);
    // Memory for a result that a step is going to write in this form.
    Buffer write(int v, const Form& form);
    // `v` is `buffer`, which another value may share.
    void share(int v, const Form& form, Buffer buffer);
    // Whether `v` is already in its place inside the concatenation `joint`.
    bool in_place(int v, int joint) const;
    // Whether memory for `v` was asked for already.
    bool begun(int v) const { return !buffers_[static_cast<std::size_t>(v)].empty(); }

   private:
    struct Joint {
        int value = -1;     // result of the concatenation
        Index channel = 0;  // where the part starts in it
    };
    void find_joints();
    void lower_node(const Node& node);
    void convert(const Form& from, Buffer in, const Form& to, Buffer out, int v, bool at_once);

    std::vector<Form> made_;
    std::vector<std::vector<std::pair<Form, Buffer>>> buffers_;
    std::vector<Joint> joints_;
    std::vector<bool> placed_;  // written straight into its joint
    std::vector<bool> leaves_;  // a graph output that no node reads
    std::vector<Buffer> inputs_, outputs_;
};

}  // namespace ctffr::network::cpu
