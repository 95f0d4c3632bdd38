// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/case_file.hpp"

#include <algorithm>
#include <numeric>
#include <type_traits>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "io/hdf5_handle.hpp"

namespace ctffr {

namespace {

constexpr const char* request_name = "request";

template <class T>
hid_t native_type() {
    if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
    if constexpr (std::is_same_v<T, float>) return H5T_NATIVE_FLOAT;
    if constexpr (std::is_same_v<T, std::int32_t>) return H5T_NATIVE_INT32;
    if constexpr (std::is_same_v<T, std::uint8_t>) return H5T_NATIVE_UINT8;
}

// Failed calls are reported by exceptions; the library's own stack dump would only confuse the user.
void silence_hdf5() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

// New data sets carry no time stamps, so that the same run gives the same bytes.
Hdf5Handle untracked(hid_t property_class) {
    Hdf5Handle list(H5Pcreate(property_class), H5Pclose, "H5Pcreate");
    hdf5_check(H5Pset_obj_track_times(list.get(), false), "H5Pset_obj_track_times");
    return list;
}

Hdf5Handle create_group(hid_t file, const std::string& name) {
    const Hdf5Handle list = untracked(H5P_GROUP_CREATE);
    return {H5Gcreate2(file, name.c_str(), H5P_DEFAULT, list.get(), H5P_DEFAULT), H5Gclose, "H5Gcreate"};
}

Hdf5Handle text_type(std::size_t length) {
    Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "H5Tcopy");
    hdf5_check(H5Tset_size(type.get(), std::max<std::size_t>(1, length)), "H5Tset_size");
    hdf5_check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "H5Tset_cset");
    hdf5_check(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), "H5Tset_strpad");
    return type;
}

void write_text(hid_t group, const std::string& name, const std::string& text) {
    const Hdf5Handle type = text_type(text.size());
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate");
    const Hdf5Handle list = untracked(H5P_DATASET_CREATE);
    const Hdf5Handle set(
        H5Dcreate2(group, name.c_str(), type.get(), space.get(), H5P_DEFAULT, list.get(), H5P_DEFAULT),
        H5Dclose, "H5Dcreate");
    const std::string padded = text.empty() ? std::string(1, '\0') : text;
    hdf5_check(H5Dwrite(set.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, padded.data()), "H5Dwrite");
}

std::string trimmed(std::string text) {
    text.resize(text.find_last_not_of('\0') + 1);
    return text;
}

std::string read_text_set(hid_t set) {
    const Hdf5Handle type(H5Dget_type(set), H5Tclose, "H5Dget_type");
    std::string text(H5Tget_size(type.get()), '\0');
    hdf5_check(H5Dread(set, type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()), "H5Dread");
    return trimmed(std::move(text));
}

void write_attribute(hid_t group, const char* name, const std::string& text) {
    const Hdf5Handle type = text_type(text.size());
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate");
    const Hdf5Handle attribute(H5Acreate2(group, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
                               H5Aclose, "H5Acreate");
    const std::string padded = text.empty() ? std::string(1, '\0') : text;
    hdf5_check(H5Awrite(attribute.get(), type.get(), padded.data()), "H5Awrite");
}

std::string read_attribute(hid_t group, const char* name) {
    const Hdf5Handle attribute(H5Aopen(group, name, H5P_DEFAULT), H5Aclose, name);
    const Hdf5Handle type(H5Aget_type(attribute.get()), H5Tclose, "H5Aget_type");
    std::string text(H5Tget_size(type.get()), '\0');
    hdf5_check(H5Aread(attribute.get(), type.get(), text.data()), "H5Aread");
    return trimmed(std::move(text));
}

template <class T>
void write_number(hid_t group, const char* name, T value) {
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate");
    const Hdf5Handle attribute(
        H5Acreate2(group, name, native_type<T>(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
        "H5Acreate");
    hdf5_check(H5Awrite(attribute.get(), native_type<T>(), &value), "H5Awrite");
}

template <class T>
T read_number(hid_t group, const char* name) {
    const Hdf5Handle attribute(H5Aopen(group, name, H5P_DEFAULT), H5Aclose, name);
    T value{};
    hdf5_check(H5Aread(attribute.get(), native_type<T>(), &value), "H5Aread");
    return value;
}

// Arrays above a few kilobytes are stored in deflated chunks of about a megabyte.
Hdf5Handle chunked_if_large(const CaseArray& array, std::size_t bytes) {
    Hdf5Handle list = untracked(H5P_DATASET_CREATE);
    if (bytes < 65536) return list;
    std::vector<hsize_t> chunk(array.shape.begin(), array.shape.end());
    const std::size_t item =
        bytes / static_cast<std::size_t>(
                    std::accumulate(array.shape.begin(), array.shape.end(), Index{1}, std::multiplies<>()));
    std::size_t size = bytes;
    for (std::size_t a = 0; a < chunk.size() && size > (std::size_t{1} << 20); ++a) {
        const std::size_t rest = size / chunk[a];
        chunk[a] = std::max<hsize_t>(1, (std::size_t{1} << 20) / std::max(rest, item));
        size = rest * chunk[a];
    }
    hdf5_check(H5Pset_chunk(list.get(), static_cast<int>(chunk.size()), chunk.data()), "H5Pset_chunk");
    hdf5_check(H5Pset_shuffle(list.get()), "H5Pset_shuffle");
    hdf5_check(H5Pset_deflate(list.get(), 3), "H5Pset_deflate");
    return list;
}

void write_array(hid_t group, const std::string& name, const CaseArray& array) {
    std::visit(
        [&](const auto& values) {
            using T = typename std::decay_t<decltype(values)>::value_type;
            const Index count =
                std::accumulate(array.shape.begin(), array.shape.end(), Index{1}, std::multiplies<>());
            CTFFR_CHECK_OP(count, ==, static_cast<Index>(values.size()));
            const std::vector<hsize_t> shape(array.shape.begin(), array.shape.end());
            const Hdf5Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                                   H5Sclose, "H5Screate");
            const Hdf5Handle list = chunked_if_large(array, values.size() * sizeof(T));
            const Hdf5Handle set(H5Dcreate2(group, name.c_str(), native_type<T>(), space.get(), H5P_DEFAULT,
                                            list.get(), H5P_DEFAULT),
                                 H5Dclose, "H5Dcreate");
            if (!values.empty())
                hdf5_check(
                    H5Dwrite(set.get(), native_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
                    "H5Dwrite");
        },
        array.values);
}

template <class T>
CaseArray read_array_as(hid_t set, std::vector<Index> shape) {
    std::vector<T> values(
        static_cast<std::size_t>(std::accumulate(shape.begin(), shape.end(), Index{1}, std::multiplies<>())));
    if (!values.empty())
        hdf5_check(H5Dread(set, native_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "H5Dread");
    return {std::move(values), std::move(shape)};
}

void read_set(hid_t group, const std::string& name, StageRecord& record) {
    const Hdf5Handle set(H5Dopen2(group, name.c_str(), H5P_DEFAULT), H5Dclose, "H5Dopen");
    const Hdf5Handle type(H5Dget_type(set.get()), H5Tclose, "H5Dget_type");
    const H5T_class_t kind = H5Tget_class(type.get());
    if (kind == H5T_STRING) {
        record.texts[name] = read_text_set(set.get());
        return;
    }
    const Hdf5Handle space(H5Dget_space(set.get()), H5Sclose, "H5Dget_space");
    std::vector<hsize_t> size(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space.get()))));
    hdf5_check(H5Sget_simple_extent_dims(space.get(), size.data(), nullptr), "H5Sget_simple_extent_dims");
    std::vector<Index> shape(size.begin(), size.end());
    const std::size_t bytes = H5Tget_size(type.get());
    CaseArray& array = record.arrays[name];
    if (kind == H5T_FLOAT)
        array = bytes == 8 ? read_array_as<double>(set.get(), shape) : read_array_as<float>(set.get(), shape);
    else
        array = bytes == 4 ? read_array_as<std::int32_t>(set.get(), shape)
                           : read_array_as<std::uint8_t>(set.get(), shape);
}

std::vector<std::string> names_in(hid_t group) {
    H5G_info_t info;
    hdf5_check(H5Gget_info(group, &info), "H5Gget_info");
    std::vector<std::string> names;
    for (hsize_t i = 0; i < info.nlinks; ++i) {
        const ssize_t length =
            H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, nullptr, 0, H5P_DEFAULT);
        if (length < 0)
            throw Error(ExitCode::case_incompatible, "The case file is damaged: a name cannot be read.");
        std::string name(static_cast<std::size_t>(length) + 1, '\0');
        H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(), name.size(), H5P_DEFAULT);
        name.resize(static_cast<std::size_t>(length));
        names.push_back(name);
    }
    return names;
}

Hdf5Handle open_case(const std::filesystem::path& path) {
    silence_hdf5();
    const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    if (id < 0)
        throw Error(
            ExitCode::case_incompatible,
            "The case file {} cannot be read (damaged, or not a case file): delete it or choose another "
            "output folder.",
            path.string());
    return {id, H5Fclose, "H5Fopen"};
}

bool has(hid_t file, const std::string& name) { return H5Lexists(file, name.c_str(), H5P_DEFAULT) > 0; }

void write_stage(hid_t file, const StageRecord& record) {
    const Hdf5Handle group = create_group(file, record.stage);
    write_number<std::int32_t>(group.get(), "schema", record.schema);
    write_number<double>(group.get(), "seconds", record.seconds);
    write_attribute(group.get(), "key", record.key);
    write_attribute(group.get(), "input_hash", record.input_hash);
    write_attribute(group.get(), "options", record.options);
    write_attribute(group.get(), "version", record.version);
    for (const auto& [name, array] : record.arrays) write_array(group.get(), name, array);
    for (const auto& [name, text] : record.texts) write_text(group.get(), name, text);
}

// A file that exists only in memory; its bytes are taken by `image_of`.
Hdf5Handle memory_file() {
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "H5Pcreate");
    hdf5_check(H5Pset_fapl_core(access.get(), std::size_t{1} << 22, false), "H5Pset_fapl_core");
    return {H5Fcreate("case-in-memory", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose, "H5Fcreate"};
}

std::string image_of(hid_t file) {
    hdf5_check(H5Fflush(file, H5F_SCOPE_GLOBAL), "H5Fflush");
    const ssize_t size = H5Fget_file_image(file, nullptr, 0);
    if (size < 0) throw Error(ExitCode::internal, "HDF5 gave no image of the case file.");
    std::string image(static_cast<std::size_t>(size), '\0');
    if (H5Fget_file_image(file, image.data(), image.size()) != size)
        throw Error(ExitCode::internal, "HDF5 gave no image of the case file.");
    return image;
}

}  // namespace

template <class T>
const std::vector<T>& StageRecord::values(const std::string& name) const {
    const auto found = arrays.find(name);
    if (found == arrays.end() || !std::holds_alternative<std::vector<T>>(found->second.values))
        throw Error(
            ExitCode::case_incompatible,
            "The case file has no usable array '{}' in stage '{}': it was written by another version; run "
            "with --overwrite.",
            name, stage);
    return std::get<std::vector<T>>(found->second.values);
}

template const std::vector<double>& StageRecord::values<double>(const std::string&) const;
template const std::vector<float>& StageRecord::values<float>(const std::string&) const;
template const std::vector<std::int32_t>& StageRecord::values<std::int32_t>(const std::string&) const;
template const std::vector<std::uint8_t>& StageRecord::values<std::uint8_t>(const std::string&) const;

const std::string& StageRecord::text(const std::string& name) const {
    const auto found = texts.find(name);
    if (found == texts.end())
        throw Error(
            ExitCode::case_incompatible,
            "The case file has no text '{}' in stage '{}': it was written by another version; run with "
            "--overwrite.",
            name, stage);
    return found->second;
}

CaseFile::CaseFile(std::filesystem::path path) : path_(std::move(path)) {}

bool CaseFile::exists() const {
    std::error_code ignored;
    return std::filesystem::exists(path_, ignored);
}

std::string CaseFile::key_of(const std::string& stage) const {
    if (!exists()) return {};
    const Hdf5Handle file = open_case(path_);
    if (!has(file.get(), stage)) return {};
    const Hdf5Handle group(H5Gopen2(file.get(), stage.c_str(), H5P_DEFAULT), H5Gclose, "H5Gopen");
    return read_attribute(group.get(), "key");
}

std::optional<StageRecord> CaseFile::load(const std::string& stage) const {
    if (!exists()) return std::nullopt;
    const Hdf5Handle file = open_case(path_);
    if (!has(file.get(), stage)) return std::nullopt;
    const Hdf5Handle group(H5Gopen2(file.get(), stage.c_str(), H5P_DEFAULT), H5Gclose, "H5Gopen");
    StageRecord record;
    record.stage = stage;
    record.schema = read_number<std::int32_t>(group.get(), "schema");
    record.seconds = read_number<double>(group.get(), "seconds");
    record.key = read_attribute(group.get(), "key");
    record.input_hash = read_attribute(group.get(), "input_hash");
    record.options = read_attribute(group.get(), "options");
    record.version = read_attribute(group.get(), "version");
    for (const std::string& name : names_in(group.get())) read_set(group.get(), name, record);
    return record;
}

std::string CaseFile::request() const {
    if (!exists()) return {};
    const Hdf5Handle file = open_case(path_);
    if (!has(file.get(), request_name)) return {};
    const Hdf5Handle set(H5Dopen2(file.get(), request_name, H5P_DEFAULT), H5Dclose, "H5Dopen");
    return read_text_set(set.get());
}

void CaseFile::save(const StageRecord& record, const std::string& request) {
    silence_hdf5();
    // The new file is built in memory and written by our own writer, which knows what a full disk is.
    const Hdf5Handle next = memory_file();
    if (exists()) {
        const Hdf5Handle old = open_case(path_);
        for (const std::string& name : names_in(old.get()))
            if (name != record.stage && name != request_name)
                hdf5_check(
                    H5Ocopy(old.get(), name.c_str(), next.get(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
                    "H5Ocopy");
    }
    write_stage(next.get(), record);
    write_text(next.get(), request_name, request);
    write_text_atomically(path_, image_of(next.get()));
}

}  // namespace ctffr
