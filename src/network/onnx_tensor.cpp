// SPDX-License-Identifier: Apache-2.0
// Decodes the many ways in which ONNX stores numbers.
#include "network/onnx_tensor.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "ctffr/core/error.hpp"

namespace ctffr::network {

namespace {

using onnx::TensorProto;

// No weight of a network that fits a machine has more elements.
constexpr std::int64_t largest_count = std::int64_t{1} << 38;

std::size_t bytes_per_element(int type) {
    switch (type) {
        case TensorProto::DOUBLE:
        case TensorProto::INT64:
        case TensorProto::UINT64: return 8;
        case TensorProto::FLOAT:
        case TensorProto::INT32:
        case TensorProto::UINT32: return 4;
        case TensorProto::FLOAT16:
        case TensorProto::BFLOAT16:
        case TensorProto::INT16:
        case TensorProto::UINT16: return 2;
        default: return 1;
    }
}

float from_half(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 31, mantissa = bits & 1023;
    float magnitude;
    if (exponent == 31)
        magnitude = mantissa ? std::nanf("") : INFINITY;
    else if (exponent == 0)
        magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    else
        magnitude = std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
    return bits & 0x8000 ? -magnitude : magnitude;
}

float from_bfloat16(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// Little-endian values of type T, each converted and appended.
template <class T, class Out, class Convert>
void decode(const std::string& bytes, std::vector<Out>& out, const Convert& convert) {
    const std::size_t count = bytes.size() / sizeof(T);
    out.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        T value;
        std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
        out[i] = static_cast<Out>(convert(value));
    }
}

void decode_raw(int type, const std::string& bytes, Tensor& tensor) {
    const auto same = [](auto value) { return value; };
    auto& integers = tensor.integers;
    switch (type) {
        case TensorProto::FLOAT:
            tensor.floats.resize(bytes.size() / sizeof(float));
            if (!bytes.empty()) std::memcpy(tensor.floats.data(), bytes.data(), bytes.size());
            break;
        case TensorProto::DOUBLE: decode<double>(bytes, tensor.floats, same); break;
        case TensorProto::FLOAT16: decode<std::uint16_t>(bytes, tensor.floats, from_half); break;
        case TensorProto::BFLOAT16: decode<std::uint16_t>(bytes, tensor.floats, from_bfloat16); break;
        case TensorProto::INT64:
        case TensorProto::UINT64: decode<std::int64_t>(bytes, integers, same); break;
        case TensorProto::INT32: decode<std::int32_t>(bytes, integers, same); break;
        case TensorProto::UINT32: decode<std::uint32_t>(bytes, integers, same); break;
        case TensorProto::INT16: decode<std::int16_t>(bytes, integers, same); break;
        case TensorProto::UINT16: decode<std::uint16_t>(bytes, integers, same); break;
        case TensorProto::INT8: decode<std::int8_t>(bytes, integers, same); break;
        case TensorProto::UINT8: decode<std::uint8_t>(bytes, integers, same); break;
        case TensorProto::BOOL:
            decode<std::uint8_t>(bytes, integers, [](std::uint8_t value) { return value != 0; });
            break;
        default: throw Error(ExitCode::internal, "decode_raw was given ONNX type {}.", type);
    }
}

void decode_typed(const TensorProto& proto, Tensor& tensor) {
    const auto halves = [&](const auto& convert) {
        for (const std::int32_t bits : proto.int32_data())
            tensor.floats.push_back(convert(static_cast<std::uint16_t>(bits)));
    };
    switch (proto.data_type()) {
        case TensorProto::FLOAT:
            tensor.floats.assign(proto.float_data().begin(), proto.float_data().end());
            break;
        case TensorProto::DOUBLE:
            for (const double value : proto.double_data()) tensor.floats.push_back(static_cast<float>(value));
            break;
        case TensorProto::FLOAT16: halves(from_half); break;
        case TensorProto::BFLOAT16: halves(from_bfloat16); break;
        case TensorProto::INT64:
            tensor.integers.assign(proto.int64_data().begin(), proto.int64_data().end());
            break;
        case TensorProto::UINT32:
        case TensorProto::UINT64:
            tensor.integers.assign(proto.uint64_data().begin(), proto.uint64_data().end());
            break;
        default:
            tensor.integers.assign(proto.int32_data().begin(), proto.int32_data().end());
            if (proto.data_type() == TensorProto::BOOL)
                for (std::int64_t& value : tensor.integers) value = value != 0;
    }
}

std::size_t to_number(const std::string& text, bool& good) {
    std::size_t number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    good = good && result.ec == std::errc{} && result.ptr == text.data() + text.size();
    return number;
}

}  // namespace

std::optional<ElementType> element_type(int onnx_type) {
    switch (onnx_type) {
        case TensorProto::FLOAT:
        case TensorProto::DOUBLE:
        case TensorProto::FLOAT16:
        case TensorProto::BFLOAT16: return ElementType::float32;
        case TensorProto::INT64:
        case TensorProto::INT32:
        case TensorProto::INT16:
        case TensorProto::INT8:
        case TensorProto::UINT64:
        case TensorProto::UINT32:
        case TensorProto::UINT16:
        case TensorProto::UINT8:
        case TensorProto::BOOL: return ElementType::int64;
        default: return std::nullopt;
    }
}

std::string onnx_type_name(int onnx_type) {
    switch (onnx_type) {
        case TensorProto::STRING: return "string";
        case TensorProto::COMPLEX64: return "complex64";
        case TensorProto::COMPLEX128: return "complex128";
        default: return "number " + std::to_string(onnx_type);
    }
}

Tensor TensorReader::read(const TensorProto& proto) {
    Tensor tensor;
    tensor.type = element_type(proto.data_type()).value();
    std::int64_t count = 1;
    for (const std::int64_t extent : proto.dims()) {
        if (extent < 0 || (extent > 0 && count > largest_count / extent))
            throw Error(ExitCode::input_unreadable,
                        "Tensor '{}' of the network '{}' has the impossible shape {}: the file is damaged.",
                        proto.name(), model_, shape_text({proto.dims().begin(), proto.dims().end()}));
        count *= extent;
        tensor.shape.push_back(extent);
    }
    const std::size_t bytes = static_cast<std::size_t>(count) * bytes_per_element(proto.data_type());
    if (proto.data_location() == TensorProto::EXTERNAL) {
        decode_raw(proto.data_type(), external_bytes(proto, bytes), tensor);
    } else if (proto.has_raw_data()) {
        if (proto.raw_data().size() == bytes) decode_raw(proto.data_type(), proto.raw_data(), tensor);
    } else {
        decode_typed(proto, tensor);
    }
    const std::size_t found = tensor.floats.size() + tensor.integers.size();
    if (found != static_cast<std::size_t>(count))
        throw Error(
            ExitCode::input_unreadable,
            "Tensor '{}' of the network '{}' has the shape {} but not the {} values for it: the file is "
            "damaged.",
            proto.name(), model_, shape_text(tensor.shape), count);
    return tensor;
}

std::string TensorReader::external_bytes(const TensorProto& proto, std::size_t expected) {
    std::string location;
    std::size_t offset = 0, length = expected;
    bool good = true;
    for (const auto& entry : proto.external_data()) {
        if (entry.key() == "location") location = entry.value();
        if (entry.key() == "offset") offset = to_number(entry.value(), good);
        if (entry.key() == "length") length = to_number(entry.value(), good);
    }
    // A model may not reach for files outside its folder.
    if (!good || location.empty() || location.front() == '/' || location.find("..") != std::string::npos ||
        location.find('\\') != std::string::npos)
        throw Error(
            ExitCode::input_unreadable,
            "Tensor '{}' of the network '{}' names its data file '{}' in a way that is not allowed: it "
            "must lie beside the model.",
            proto.name(), model_, location);
    auto file = files_.find(location);
    if (file == files_.end()) {
        if (!external_)
            throw Error(
                ExitCode::input_missing,
                "The network '{}' keeps its weights in the file '{}', which was not given: put it beside "
                "the model.",
                model_, location);
        file = files_.emplace(location, external_(location)).first;
    }
    const std::size_t size = file->second.size();
    if (length != expected || offset > size || length > size - offset)
        throw Error(
            ExitCode::input_unreadable,
            "Tensor '{}' of the network '{}' wants {} bytes at {} of '{}', which has {} bytes, and should "
            "want {}: the files do not belong together.",
            proto.name(), model_, length, offset, location, size, expected);
    return file->second.substr(offset, length);
}

}  // namespace ctffr::network
