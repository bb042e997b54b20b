# `just` lists the recipes. Each is a script or a cargo command, which you can also run without just.

# Tests wait more than they compute.
export RUST_TEST_THREADS := `echo $((2 * $(nproc)))`

# List the recipes.
default:
    @just --list --unsorted

# Run the tests that need neither root nor foreign servers: under three minutes after a build.
test *FILTER:
    cargo test --locked -- {{FILTER}}

# Run everything that CI runs; installs what is missing.
check:
    scripts/check

# Start the program with an invented partner: http://127.0.0.1:8080
demo:
    cargo run --locked -- demo

# Run clippy, rustdoc and the rules of tests/tidy.rs.
lint:
    cargo clippy --locked --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --quiet
    cargo test --locked --quiet --test tidy

# Format the code.
fmt:
    cargo fmt

# Fuzz a target for some seconds; needs cargo-fuzz (fuzz/README.md).
fuzz TARGET="html" SECONDS="60":
    scripts/fuzz {{TARGET}} {{SECONDS}}

# Compare with nginx side by side.
bench ROUNDS="5" SECONDS="4":
    scripts/bench {{ROUNDS}} {{SECONDS}}

# Simulate visits of 10,000 people over 420 days.
simulation:
    SIMULATION=long cargo test --locked --test simulation -- --include-ignored --nocapture

# Attack the release build and measure what bystanders notice; wants a machine that does nothing else (an hour).
attacks *ROWS:
    cargo build --locked --release -p qsproxy
    ATTACKS=timing QSPROXY_BIN="$(realpath "${CARGO_TARGET_DIR:-target}/release/qsproxy")" cargo test --locked --test attacks -- {{ROWS}}

# Run under load for twenty minutes, with a fault every second or two; needs root and faketime.
soak:
    SOAK=long cargo test --locked --test integration -- --include-ignored --nocapture soak::

# Run three nodes with PostgreSQL and Redis behind HAProxy.
cluster *ARGUMENTS:
    scripts/cluster {{ARGUMENTS}}

# Test with searx, Chromium and Firefox.
e2e:
    scripts/e2e

# Take the screenshots of README.md and docs.
screenshots:
    scripts/screenshots
