// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <iostream>
#include <stdexcept>

#include <crex/error.hpp>

#include "helpers/outcome.hpp"

namespace test {

/// The Outcome that `body` returns, or the one for the exception that it throws.
template <class Body> int outcome_of(Body&& body) {
    try {
        return body();
    } catch (const crex::ExistentialError&) {
        return existential_error;
    } catch (const crex::PermissionsError&) {
        return permissions_error;
    } catch (const crex::BusyError&) {
        return busy_error;
    } catch (const crex::SignalError&) {
        return signal_error;
    } catch (const crex::CorruptError&) {
        return corrupt_error;
    } catch (const crex::ShutdownError&) {
        return shutdown_error;
    } catch (const crex::LeaseLostError&) {
        return lease_lost_error;
    } catch (const crex::ConnectionError&) {
        return connection_error;
    } catch (const std::invalid_argument& error) {
        std::cerr << error.what() << '\n';
        return invalid_argument;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return other_error;
    }
}

} // namespace test
