// SPDX-License-Identifier: Apache-2.0
// Thin RAII over the HDF5 C API: handles that close themselves, errors as ctffr::Error.
#pragma once

#include <string>
#include <utility>

#include <hdf5.h>

#include "ctffr/core/error.hpp"

namespace ctffr {

// Owns one HDF5 identifier and the function that closes it.
class Hdf5Handle {
   public:
    Hdf5Handle(hid_t id, herr_t (*close)(hid_t), const char* what) : id_(id), close_(close) {
        if (id < 0)
            throw Error(ExitCode::case_incompatible, "The case file cannot be used: HDF5 failed at {}.",
                        what);
    }
    ~Hdf5Handle() { reset(); }
    Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
    Hdf5Handle& operator=(Hdf5Handle&&) = delete;
    Hdf5Handle(const Hdf5Handle&) = delete;

    hid_t get() const { return id_; }
    void reset() {
        if (id_ >= 0) close_(id_);
        id_ = -1;
    }

   private:
    hid_t id_;
    herr_t (*close_)(hid_t);
};

inline void hdf5_check(herr_t result, const char* what) {
    if (result < 0)
        throw Error(ExitCode::case_incompatible, "The case file cannot be used: HDF5 failed at {}.", what);
}

}  // namespace ctffr
