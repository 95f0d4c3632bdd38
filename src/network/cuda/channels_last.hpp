// SPDX-License-Identifier: Apache-2.0
// The executor of networks on channels-last images in one arena, for the GPU. It is a template on where it
// runs: on the CPU, with plain convolutions, it is what the tests of a machine without GPU check.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ctffr/kernels/network_nhwc.hpp"
#include "network/arena.hpp"
#include "network/cuda/geometry.hpp"
#include "network/executor.hpp"

namespace ctffr::network {

// A convolution (or transposed one) of fixed shape, by a library.
template <class Exec>
class ConvolutionRunner {
   public:
    virtual ~ConvolutionRunner() = default;
    virtual std::size_t workspace_bytes() const = 0;
    // Data in the layout of NhwcConvolution (kernels/network_nhwc.hpp).
    virtual void run(const Exec& exec, const void* in, const void* filter, void* out, void* workspace) = 0;
};
// Null: the library has none, and plain loops do it.
template <class Exec>
using ConvolutionMaker =
    std::function<std::unique_ptr<ConvolutionRunner<Exec>>(const kernels::NhwcConvolution&, bool transposed)>;

// y = conv(x) + r of a residual block: the addition becomes a fourth input of the convolution.
void fuse_residuals(Graph& graph);

// T: float or kernels::BFloat16, the type in which images are held between operators.
template <class Exec, class T>
class ChannelsLast final : public Executor {
   public:
    // `maker` may be empty. Logs which operators run on the host (channels_last_host.cpp).
    ChannelsLast(Graph graph, const Run& run, const ConvolutionMaker<Exec>& maker);
    ChannelsLast(const ChannelsLast&) = delete;
    ChannelsLast& operator=(const ChannelsLast&) = delete;

    std::vector<Tensor> run(const std::vector<Tensor>& inputs) override;
    std::size_t arena_bytes() const override { return static_cast<std::size_t>(arena_->size()); }
    // Operators that are computed on the host, by name.
    const std::set<std::string>& on_host() const { return on_host_; }

   private:
    enum class Layout { image, rows, integers };  // T channels last; float row-major; int64 row-major
    struct Slot {
        Layout layout = Layout::rows;
        kernels::NhwcShape shape;  // of an image
        Index count = 0;           // elements in memory
        std::size_t bytes = 0;
        std::byte* data = nullptr;  // null for constants
    };
    struct Operand {
        kernels::NhwcShape shape;
        View<const T> data;
    };
    using Step = std::function<void(const Exec&)>;

    // channels_last.cpp: memory, inputs and outputs.
    void place_values();
    void add_step(const Node& node);
    const Value& value(int index) const { return graph_.values[static_cast<std::size_t>(index)]; }
    const Slot& slot(int index) const { return slots_[static_cast<std::size_t>(index)]; }
    bool is_image(int index) const {
        return index >= 0 && slot(index).data && slot(index).layout == Layout::image;
    }
    View<T> image(int index) const { return {reinterpret_cast<T*>(slot(index).data), slot(index).count}; }
    View<const T> image_in(int index) const { return image(index); }
    const Tensor* constant(const Node& node, std::size_t input) const;
    std::size_t reserve(std::size_t offset, std::size_t bytes);
    void reserve_staging(int index);
    std::byte* workspace(std::size_t offset) { return workspace_->data() + offset; }
    View<const float> keep(const std::vector<float>& values);
    View<const std::int32_t> keep(const std::vector<std::int32_t>& values);
    View<const T> keep_as_stored(const std::vector<float>& values);
    Tensor fetch(const Exec& exec, int index);
    void put(const Exec& exec, int index, const Tensor& tensor);

    // channels_last_layers.cpp; false: not in this form.
    bool add_convolution(const Node& node);
    bool add_norm(const Node& node);
    bool add_batch_norm(const Node& node);
    bool add_mean(const Node& node);
    bool add_pool(const Node& node);
    bool add_resize(const Node& node);
    // channels_last_elements.cpp
    bool add_function(const Node& node);
    bool add_prelu(const Node& node);
    bool add_binary(const Node& node);
    bool add_softmax(const Node& node);
    bool add_argmax(const Node& node);
    // channels_last_moves.cpp
    bool add_identity(const Node& node);
    bool add_reshape(const Node& node);
    bool add_concat(const Node& node);
    bool add_slice(const Node& node);
    bool add_split(const Node& node);
    bool add_pad(const Node& node);
    bool add_repeat(const Node& node);
    void add_gather(const Operand& from, ImageMap map, float fill, int to, const kernels::NhwcShape& at);
    // An image, or a constant that is broadcast to `rank` dimensions.
    std::optional<Operand> operand(int index, std::size_t rank);
    // channels_last_host.cpp
    void add_host_step(const Node& node);

    Graph graph_;
    Run run_;
    ConvolutionMaker<Exec> maker_;
    std::vector<Slot> slots_;  // per value
    std::unique_ptr<Array<std::byte, Exec>> arena_, inputs_, workspace_;
    std::size_t workspace_bytes_ = 1;
    std::deque<Array<float, Exec>> floats_;
    std::deque<Array<std::int32_t, Exec>> tables_;
    std::deque<Array<T, Exec>> stored_;
    std::vector<Step> steps_;
    std::set<std::string> on_host_;
};

kernels::NhwcFunction function_of(const Epilogue& epilogue);

}  // namespace ctffr::network
