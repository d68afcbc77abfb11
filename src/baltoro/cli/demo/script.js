// The test of `baltoro demo`: scenarios, groups, checks, tags, all four kinds of custom metric, thresholds.
import http from 'k6/http';
import { check, group, sleep } from 'k6';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const shop = __ENV.DEMO_TARGET;
const duration = __ENV.DEMO_DURATION;

const orders = new Counter('orders');
const cartSize = new Gauge('cart_size');
const soldOut = new Rate('sold_out');
const timeToOrder = new Trend('time_to_order', true);

export const options = {
  scenarios: {
    browse: {
      executor: 'constant-vus',
      vus: 4,
      duration,
      exec: 'browse',
      gracefulStop: '5s',
      tags: { team: 'storefront' },
    },
    buy: {
      executor: 'constant-arrival-rate',
      rate: 5,
      timeUnit: '1s',
      duration,
      preAllocatedVUs: 4,
      maxVUs: 8,
      exec: 'buy',
      gracefulStop: '5s',
      tags: { team: 'checkout' },
    },
  },
  thresholds: {
    checks: ['rate>0.9'],
    http_req_duration: ['p(95)<500', 'avg<200'],
    'http_req_duration{scenario:buy}': ['p(99)<800'],
    http_req_failed: ['rate<0.2'],
    orders: ['count>5'],
  },
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)', 'count'],
  cloud: { name: 'Demo: outdoor shop' },
};

export function browse() {
  group('front page', () => {
    const page = http.get(`${shop}/`);
    check(page, { 'front page is up': (response) => response.status === 200 });
  });
  group('catalogue', () => {
    const list = http.get(`${shop}/products`);
    check(list, { 'lists products': (response) => response.json().length > 10 });
    const id = 1 + Math.floor(Math.random() * 29);
    const product = http.get(`${shop}/products/${id}`, { tags: { name: `${shop}/products/:id` } });
    soldOut.add(product.status === 404);
    check(product, { 'has a price': (response) => response.status === 404 || response.json().price > 0 });
  });
  sleep(0.2);
}

export function buy() {
  const began = Date.now();
  group('checkout', () => {
    const items = 1 + Math.floor(Math.random() * 5);
    cartSize.add(items);
    const answer = http.post(`${shop}/cart`, JSON.stringify({ items }), {
      headers: { 'Content-Type': 'application/json' },
      tags: { kind: 'order' },
    });
    if (check(answer, { 'order accepted': (response) => response.status === 201 })) {
      orders.add(1, { size: items > 3 ? 'large' : 'small' });
    }
  });
  timeToOrder.add(Date.now() - began);
}

export function handleSummary(data) {
  return { [__ENV.DEMO_SUMMARY]: JSON.stringify(data) };
}
