// SPDX-License-Identifier: Apache-2.0
// The CPU executor: a graph lowered to a program of oneDNN primitives and own kernels.
#include <utility>

#include "ctffr/core/error.hpp"
#include "network/cpu/lowering.hpp"
#include "network/executor_parts.hpp"

namespace ctffr::network {

namespace {

class CpuExecutor final : public Executor {
   public:
    CpuExecutor(const Graph& graph, Precision precision, const Run& run) : program_(run) {
        for (const int v : graph.inputs) inputs_.push_back(graph.values[static_cast<std::size_t>(v)]);
        for (const int v : graph.outputs) {
            const Value& value = graph.values[static_cast<std::size_t>(v)];
            outputs_.push_back({value.name, value.type, value.shape, {}});
        }
        cpu::Lowering lowering(graph, precision, run, program_);
        lowering.lower();
        sources_ = lowering.inputs(), results_ = lowering.outputs();
        program_.finish();
    }

    std::size_t arena_bytes() const override { return program_.arena_bytes(); }

    std::vector<Tensor> run(const std::vector<Tensor>& inputs) override {
        CTFFR_CHECK_OP(inputs.size(), ==, inputs_.size());
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            check(inputs_[i], inputs[i]);
            // The program reads the caller's memory where it is and never writes it.
            const void* memory = inputs[i].type == ElementType::float32
                                     ? static_cast<const void*>(inputs[i].floats.data())
                                     : static_cast<const void*>(inputs[i].integers.data());
            program_.set_outside(sources_[i], const_cast<void*>(memory));
        }
        std::vector<Tensor> outputs;
        outputs.reserve(outputs_.size());
        for (std::size_t i = 0; i < outputs_.size(); ++i) {
            Tensor& tensor = outputs.emplace_back();
            tensor.type = outputs_[i].type, tensor.shape = outputs_[i].shape;
            const std::size_t count = static_cast<std::size_t>(tensor.size());
            if (tensor.type == ElementType::float32) {
                tensor.floats.resize(count);
                program_.set_outside(results_[i], tensor.floats.data());
            } else {
                tensor.integers.resize(count);
                program_.set_outside(results_[i], tensor.integers.data());
            }
        }
        program_.run();
        return outputs;
    }

   private:
    static void check(const Value& expected, const Tensor& given) {
        const std::size_t held = given.floats.size() + given.integers.size();
        if (given.shape != expected.shape || given.type != expected.type ||
            held != static_cast<std::size_t>(element_count(given.shape)))
            throw Error(
                ExitCode::internal,
                "Input '{}' of the network has the shape {} and was given one of shape {}, or one of another "
                "type or without all its values.",
                expected.name, shape_text(expected.shape), shape_text(given.shape));
    }

    std::vector<Value> inputs_, outputs_;
    cpu::Program program_;
    std::vector<cpu::Buffer> sources_, results_;
};

}  // namespace

std::unique_ptr<Executor> make_cpu_executor(const Graph& graph, Precision precision, const Run& run) {
    return std::make_unique<CpuExecutor>(graph, precision, run);
}

}  // namespace ctffr::network
