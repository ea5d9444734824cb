CREATE TABLE customers (id int PRIMARY KEY, name varchar(20) NOT NULL, born date);
CREATE TABLE orders (id serial PRIMARY KEY, customer_id int NOT NULL REFERENCES customers);
