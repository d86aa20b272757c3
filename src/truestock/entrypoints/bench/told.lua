-- wrk tells what it measured as one line of JSON.
function done(summary, latency, _)
  local e = summary.errors
  io.write(string.format('\nTOLD {"count":%d,"seconds":%f,"errors":%d,"p50_ms":%f,"p99_ms":%f}\n', summary.requests,
    summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
