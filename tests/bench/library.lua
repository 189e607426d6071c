-- SPDX-License-Identifier: EUPL-1.2
-- wrk: sends the queries of a file in turn; each thread begins at another place.
-- wrk ... -s library.lua URL -- QUERIES CONTENT_TYPE ACCEPT

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  local bodies = dofile(args[1])
  local headers = { ["Content-Type"] = args[2], ["Accept"] = args[3] }
  requests = {}
  for index, body in ipairs(bodies) do
    requests[index] = wrk.format("POST", nil, headers, body)
  end
  place = math.floor(number * #requests / 2)
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "bytes": %d, "connect": %d, "read": %d, ' ..
    '"write": %d, "status": %d, "timeout": %d}\n',
    summary.requests, summary.duration, summary.bytes, errors.connect, errors.read,
    errors.write, errors.status, errors.timeout))
end
