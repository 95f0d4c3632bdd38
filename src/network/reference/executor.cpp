// SPDX-License-Identifier: Apache-2.0
// Runs a bound graph node by node with the reference operators.
#include <utility>

#include "ctffr/core/error.hpp"
#include "network/arena.hpp"
#include "network/executor_parts.hpp"
#include "network/reference/operators.hpp"

namespace ctffr::network {

namespace {

class ReferenceExecutor final : public Executor {
   public:
    ReferenceExecutor(const Graph& graph, const Run& run) : graph_(graph), run_(run) {
        last_use_.assign(graph_.values.size(), -1);
        for (std::size_t n = 0; n < graph_.nodes.size(); ++n)
            for (const int value : graph_.nodes[n].inputs)
                if (value >= 0) last_use_[static_cast<std::size_t>(value)] = static_cast<int>(n);
        for (const int value : graph_.outputs)
            last_use_[static_cast<std::size_t>(value)] = static_cast<int>(graph_.nodes.size());
        std::vector<std::size_t> bytes;
        for (const Value& value : graph_.values)
            bytes.push_back(static_cast<std::size_t>(element_count(value.shape)) *
                            (value.type == ElementType::float32 ? sizeof(float) : sizeof(std::int64_t)));
        arena_bytes_ = plan_arena(graph_, bytes).bytes;
    }

    std::size_t arena_bytes() const override { return arena_bytes_; }

    std::vector<Tensor> run(const std::vector<Tensor>& inputs) override {
        check(inputs);
        const Cpu exec{run_.profiler};
        std::vector<Tensor> held(graph_.values.size());
        const auto tensor = [&](int value) -> const Tensor* {
            if (value < 0) return nullptr;
            const auto v = static_cast<std::size_t>(value);
            if (graph_.values[v].constant) return &*graph_.values[v].constant;
            for (std::size_t i = 0; i < graph_.inputs.size(); ++i)
                if (graph_.inputs[i] == value) return &inputs[i];
            return &held[v];
        };
        for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
            run_.check_cancel();
            const Node& node = graph_.nodes[n];
            std::vector<const Tensor*> arguments;
            for (const int value : node.inputs) arguments.push_back(tensor(value));
            std::vector<Tensor> results;
            for (const int value : node.outputs) {
                const Value& form = graph_.values[static_cast<std::size_t>(value)];
                results.push_back({form.type, form.shape, {}, {}});
            }
            evaluate(node, arguments, results, exec);
            for (std::size_t i = 0; i < results.size(); ++i)
                held[static_cast<std::size_t>(node.outputs[i])] = std::move(results[i]);
            for (const int value : node.inputs)
                if (value >= 0 && last_use_[static_cast<std::size_t>(value)] == static_cast<int>(n))
                    held[static_cast<std::size_t>(value)] = {};
        }
        std::vector<Tensor> outputs;
        for (const int value : graph_.outputs) outputs.push_back(*tensor(value));
        return outputs;
    }

   private:
    void check(const std::vector<Tensor>& inputs) const {
        CTFFR_CHECK_OP(inputs.size(), ==, graph_.inputs.size());
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const Value& value = graph_.values[static_cast<std::size_t>(graph_.inputs[i])];
            const std::size_t held = inputs[i].floats.size() + inputs[i].integers.size();
            if (inputs[i].shape != value.shape || inputs[i].type != value.type ||
                held != static_cast<std::size_t>(inputs[i].size()))
                throw Error(
                    ExitCode::internal,
                    "Input '{}' of the network has the shape {} and was given one of shape {}, or one of "
                    "another type or without all its values.",
                    value.name, shape_text(value.shape), shape_text(inputs[i].shape));
        }
    }

    Graph graph_;
    Run run_;
    std::vector<int> last_use_;
    std::size_t arena_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Executor> make_reference_executor(const Graph& graph, Precision, const Run& run) {
    return std::make_unique<ReferenceExecutor>(graph, run);
}

}  // namespace ctffr::network
