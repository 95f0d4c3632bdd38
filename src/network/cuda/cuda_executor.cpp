// SPDX-License-Identifier: Apache-2.0
// The executor for the GPU: channels-last images, convolutions by cuDNN.
#include <array>
#include <utility>

#include "ctffr/core/error.hpp"
#include "network/cuda/channels_last.hpp"
#include "network/cuda/convolution.hpp"
#include "network/executor_parts.hpp"

namespace ctffr::network {

namespace {

class CudnnConvolution final : public ConvolutionRunner<Cuda> {
   public:
    CudnnConvolution(std::shared_ptr<const cudnn::Handle> handle, cudnn::Plan plan, bool transposed)
        : handle_(std::move(handle)), plan_(std::move(plan)), transposed_(transposed) {}

    std::size_t workspace_bytes() const override { return plan_.workspace_bytes(); }

    void run(const Cuda& exec, const void* in, const void* filter, void* out, void* workspace) override {
        if (exec.profiler) cudaDeviceSynchronize();
        const ScopedTimer timer(exec.profiler,
                                transposed_ ? "cuDNN transposed convolution" : "cuDNN convolution");
        constexpr std::array<std::int64_t, 3> ids{cudnn::convolution_x, cudnn::convolution_filter,
                                                  cudnn::convolution_y};
        // cuDNN takes all pointers as writable.
        void* const source = const_cast<void*>(in);
        const std::array<void*, 3> data{transposed_ ? out : source, const_cast<void*>(filter),
                                        transposed_ ? source : out};
        plan_.run(*handle_, exec.stream, ids, data, workspace);
        if (exec.profiler) cudaDeviceSynchronize();
    }

   private:
    std::shared_ptr<const cudnn::Handle> handle_;
    cudnn::Plan plan_;
    bool transposed_;
};

// Bfloat16 exists from compute capability 8.0 on.
bool has_bfloat16() {
    int device = 0, major = 0;
    if (cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) != cudaSuccess)
        throw Error(ExitCode::device_failed,
                    "The GPU does not answer (cudaGetDevice). Run with --device cpu to go on without it.");
    return major >= 8;
}

}  // namespace

std::unique_ptr<Executor> make_cuda_executor(const Graph& graph, Precision precision, const Run& run) {
    const auto handle = std::make_shared<const cudnn::Handle>();
    const auto device = std::make_shared<cudnn::Descriptor>(cudnn::device_of(*handle));
    const bool bfloat16 = precision == Precision::half && has_bfloat16();
    if (precision == Precision::half && !bfloat16)
        run.info("This GPU has no bfloat16: the network runs in float32.");
    const ConvolutionMaker<Cuda> maker = [=](const kernels::NhwcConvolution& convolution,
                                             bool transposed) -> std::unique_ptr<ConvolutionRunner<Cuda>> {
        auto plan = cudnn::make_convolution(*device, convolution, transposed, bfloat16);
        if (!plan) return nullptr;
        return std::make_unique<CudnnConvolution>(handle, std::move(*plan), transposed);
    };
    if (bfloat16) return std::make_unique<ChannelsLast<Cuda, kernels::BFloat16>>(graph, run, maker);
    return std::make_unique<ChannelsLast<Cuda, float>>(graph, run, maker);
}

}  // namespace ctffr::network
